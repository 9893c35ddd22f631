import type { MessageService } from '../messages/messages.service.ts';
import type { Incoming } from '../messages/messages.store.ts';
import type { Phones } from '../phones/phones.ts';

/** Takes a message from a connector; resolves when it may be acknowledged. */
export type Receive = (incoming: Incoming) => Promise<boolean>;

/** Longer texts are cut: no message is that long (255 parts of 153 characters). */
const maxText = 40_000;

/** Puts receiver and sender into the one form in which the service knows them. */
export function createReceive(
  phones: Pick<Phones, 'canonical' | 'sender'>,
  messages: Pick<MessageService, 'receive'>,
): Receive {
  return (incoming) =>
    messages.receive({
      ...incoming,
      to: phones.canonical(incoming.to),
      from: phones.sender(incoming.from),
      text: incoming.text.slice(0, maxText),
    });
}
