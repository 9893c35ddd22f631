import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** A file that a process writes its output to by itself, so that logging costs nobody else a thing. */
export interface Log {
  /** For the `stdio` of a child process. */
  readonly descriptor: number;
  /** What was written since the last call. */
  read(): string[];
  close(): void;
}

const largestBytes = 10 * 1024 * 1024;

/** Opens a log for appending. One that has grown too large becomes `<file>.1` first. */
export function openLog(file: string): Log {
  mkdirSync(dirname(file), { recursive: true });
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > largestBytes) renameSync(file, `${file}.1`);
  const descriptor = openSync(file, 'a+');
  let offset = fstatSync(descriptor).size;
  return {
    descriptor,
    read() {
      const chunk = Buffer.alloc(Math.max(fstatSync(descriptor).size - offset, 0));
      // Complete lines only, so that no character is cut either.
      const bytes = chunk.subarray(0, readSync(descriptor, chunk, 0, chunk.length, offset));
      const end = bytes.lastIndexOf('\n') + 1;
      offset += end;
      return bytes
        .toString('utf8', 0, end)
        .split('\n')
        .filter((line) => line !== '');
    },
    close: () => closeSync(descriptor),
  };
}

const quiet = /^\{"level":"(?:trace|debug|info)"/;
const known = new Set(['level', 'time', 'app', 'msg', 'pid', 'hostname']);

/**
 * How a line of an app's log is shown on the terminal: warnings and worse, and whatever is no log line at all;
 * undefined for the rest.
 */
export function shown(line: string): string | undefined {
  if (quiet.test(line)) return undefined;
  try {
    const entry = JSON.parse(line) as Record<string, unknown> & { level?: string; msg?: string };
    const fields = Object.entries(entry)
      .filter(([key]) => !known.has(key))
      .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    return [entry.level, entry.msg, ...fields].join(' ');
  } catch {
    return line;
  }
}
