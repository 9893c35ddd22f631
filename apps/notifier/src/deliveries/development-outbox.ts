import { createReadStream } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { createJoiner } from './joiner.ts';

/** A message as a developer or a test reads it (ARCHITECTURE.md, the development outbox). */
export interface OutboxLine {
  at: string;
  id: string;
  channel: string;
  to: string;
  template: string;
  subject: string | null;
  text: string;
  code: string | null;
}

export interface DevelopmentOutbox {
  /** Appends a message; with `unlessThere` only if no earlier attempt did. */
  append(line: OutboxLine, unlessThere: boolean): Promise<void>;
  close(): Promise<void>;
}

/**
 * Appends each message once, as one JSON line. Lines that come together are one write, and writes of other processes
 * to the same file do not mix with it.
 */
export function openDevelopmentOutbox(file: string): DevelopmentOutbox {
  let handle: Promise<FileHandle> | undefined;
  const opened = () =>
    (handle ??= mkdir(dirname(file), { recursive: true }).then(() => open(file, 'a', 0o600)));

  const write = createJoiner(async (lines: OutboxLine[]): Promise<undefined[]> => {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    await (await opened()).write(text);
    return lines.map(() => undefined);
  });
  // After a crash it is not known whether a message was written; the file knows.
  const find = createJoiner(async (ids: string[]): Promise<boolean[]> => {
    await opened();
    const wanted = new Set(ids);
    const found = new Set<string>();
    for await (const line of createInterface({ input: createReadStream(file) })) {
      const id = /"id":"([A-Za-z0-9_-]+)"/.exec(line)?.[1];
      if (id !== undefined && wanted.has(id)) found.add(id);
    }
    return ids.map((id) => found.has(id));
  });

  return {
    async append(line, unlessThere) {
      if (unlessThere && (await find(line.id))) return;
      await write(line);
    },
    async close() {
      await (await handle)?.close();
    },
  };
}
