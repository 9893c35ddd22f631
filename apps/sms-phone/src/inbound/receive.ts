import type { MessageService } from '../messages/messages.service.ts';
import type { Incoming } from '../messages/messages.store.ts';
import type { NumberStore } from '../numbers/numbers.store.ts';
import { formsOf } from './phone.ts';

/** Takes a message from a connector; resolves when it may be acknowledged. */
export type Receive = (incoming: Incoming) => Promise<boolean>;

/** Longer texts are cut: no message is that long (255 parts of 153 characters). */
const maxText = 40_000;

/** Puts the receiver into the form that the operator has given the number. */
export function createReceive(
  numbers: Pick<NumberStore, 'find'>,
  messages: Pick<MessageService, 'receive'>,
): Receive {
  return async (incoming) => {
    let to = incoming.to;
    for (const form of formsOf(incoming.to)) {
      const number = await numbers.find(form);
      if (!number) continue;
      to = number._id;
      break;
    }
    return messages.receive({ ...incoming, to, text: incoming.text.slice(0, maxText) });
  };
}
