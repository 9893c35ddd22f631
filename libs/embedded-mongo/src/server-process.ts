import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';

// The tests' own way to run the server as a process, which can be killed.
export const program = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Starts a server and connects to it; `cleanups` gets what ends both. */
export async function startProcess(
  dataDir: string,
  cleanups: (() => unknown)[],
): Promise<{ child: ChildProcess; client: MongoClient; port: number }> {
  const child = spawn(process.execPath, [program, '--data-dir', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanups.push(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { uri, port } = JSON.parse(line.toString()) as { uri: string; port: number };
  const client = await new MongoClient(uri, { serverSelectionTimeoutMS: 2000 }).connect();
  cleanups.push(() => client.close());
  return { child, client, port };
}

/** Ends a process and gives its exit code. */
export async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, 'exit');
  child.kill(signal);
  const [code] = (await exited) as [number | null];
  return code;
}
