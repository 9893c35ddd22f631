import { open, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** A message as the development outbox keeps it. */
export interface Message {
  at: string;
  channel: 'email' | 'sms' | 'push';
  to: string;
  template: string;
  subject?: string | null;
  text: string;
  code?: string | null;
}

/** `DATA_DIR/outbox.ndjson`: everything that left the platform, outside production. */
export interface Outbox {
  /** Does something and answers the first message that it causes and that fits. */
  messageAfter(action: () => Promise<unknown>, fits: (message: Message) => boolean): Promise<Message>;
}

const pollMs = 20;
const patienceMs = 30_000;

export function openOutbox(file: string): Outbox {
  return {
    async messageAfter(action, fits) {
      let offset = await sizeOf(file);
      await action();
      const deadline = Date.now() + patienceMs;
      for (;;) {
        const lines = await readFrom(file, offset);
        offset += Buffer.byteLength(lines);
        const found = lines
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Message)
          .find(fits);
        if (found) return found;
        if (Date.now() > deadline) throw new Error(`nothing came in ${file} for half a minute`);
        await wait(pollMs);
      }
    },
  };
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    // It is made with the first message.
    return 0;
  }
}

/** Complete lines from an offset on. */
async function readFrom(file: string, offset: number): Promise<string> {
  const length = (await sizeOf(file)) - offset;
  if (length <= 0) return '';
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
    return buffer.toString('utf8', 0, buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1);
  } finally {
    await handle.close();
  }
}
