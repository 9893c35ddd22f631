import { pino, type DestinationStream } from 'pino';

/** Lines are collected so long, because a system call for each costs more than the line. */
const flushMs = 100;
const bufferBytes = 8 * 1024;

let output: DestinationStream | undefined;

/** The process's stdout for its log, opened when it is first used. What a killed process has said last may be lost. */
export function logOutput(): DestinationStream {
  if (!output) {
    const stdout = pino.destination({ dest: 1, minLength: bufferBytes, sync: true });
    // Not `flushSync`, which waits for the disk where stdout is a file.
    setInterval(() => stdout.flush(), flushMs).unref();
    process.once('exit', () => stdout.flushSync());
    output = stdout;
  }
  return output;
}
