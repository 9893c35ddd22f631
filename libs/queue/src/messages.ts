import { randomUUID } from 'node:crypto';
import { messageSchema, type DeliveryJob, type Message, type NewMessage } from './contracts.ts';
import type { Sealer } from './sealing.ts';
import { templates } from './templates.ts';

/** Makes messages into jobs and back. */
export interface MessageSealer {
  /** Checks a message and seals it. `id` only where the caller has one that is stable over repeats. */
  close(message: NewMessage, id?: string): DeliveryJob;
  /** @throws when the job was altered, moved to another queue or renamed */
  open(channel: Message['channel'], job: DeliveryJob): Message;
}

/**
 * Seals a service's messages. They are bound to channel and id, so that the very same sealed text stands in the
 * document's outbox, in Redis and in a dead letter.
 */
export function createMessageSealer(service: string, sealer: Sealer): MessageSealer {
  return {
    close(message, id = randomUUID()) {
      const { expiresAt, ...rest } = message;
      const complete = messageSchema.parse({
        ...rest,
        data: templates[message.template].parse(message.data),
        id,
        service,
        at: new Date().toISOString(),
        ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
      });
      return {
        id,
        service,
        ...(message.requestId && { requestId: message.requestId }),
        sealed: sealer.seal(message.channel, id, complete),
      };
    },
    open: (channel, job) => messageSchema.parse(sealer.open(channel, job.id, job.sealed)),
  };
}
