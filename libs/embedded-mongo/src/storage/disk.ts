import { CommandError } from '../errors.ts';

/** LMDB reports a write that the disk took only in part as an I/O error. */
const NO_ROOM = /No space left|File too large|quota exceeded|Input\/output error/i;

export const OUT_OF_DISK_SPACE = 14031;

/** The error of a write, by name where the disk did not take it. */
export function explainWriteError(error: unknown, dataDir: string): unknown {
  const message = error instanceof Error ? error.message : String(error);
  if (!NO_ROOM.test(message)) return error;
  return new CommandError(
    OUT_OF_DISK_SPACE,
    `No room on the disk of ${dataDir}, or it is broken (${message}): nothing was written. Free some space; no restart is needed.`,
  );
}
