import { setTimeout as delay } from 'node:timers/promises';
import type { OutboxEntry } from '@portico/outbox';
import type { Producers } from '@portico/queue';
import type { PushPageStore } from './push-pages.store.ts';

export interface PushQueue {
  /** Waits a moment for the notifier; answers whether there is room for another page. */
  hasRoom(signal: AbortSignal): Promise<boolean>;
  /** Takes back what waits to be sent of a push. What is being sent, or has been, is not touched. */
  takeBack(pushId: number): Promise<void>;
}

export interface PushQueueOptions {
  producers: Producers;
  pages: PushPageStore;
  /** Pushes that may wait in the queue. */
  limit: number;
}

const waitMs = 1000;
const lookMs = 20;
/** By then a page that was written has been enqueued, unless its writer crashed. */
const relayMs = 2000;
const pagesAtATime = 20;

/** The push queue, as a fan-out sees it. */
export function createPushQueue({ producers, pages, limit }: PushQueueOptions): PushQueue {
  const queue = () => producers.queue('push');

  /** Whether a message is certain not to be sent. */
  async function isTaken({ _id, enqueued, at }: OutboxEntry): Promise<boolean> {
    if (await queue().getJob(_id)) return (await queue().remove(_id)) === 1;
    // Not in the queue: either it has left and the result is under way, or it never got there.
    return enqueued === 0 && Date.now() - at.getTime() > relayMs;
  }

  return {
    async hasRoom(signal) {
      const until = Date.now() + waitMs;
      while ((await queue().getWaitingCount()) >= limit) {
        if (signal.aborted || Date.now() > until) return false;
        await delay(lookMs);
      }
      return true;
    },
    async takeBack(pushId) {
      let last = -1;
      for (;;) {
        const open = await pages.open(pushId, last, pagesAtATime);
        for (const { _id, outbox } of open) {
          const taken = await Promise.all(outbox.map(isTaken));
          await pages.takeBack(
            _id,
            outbox.filter((_, index) => taken[index]).map((entry) => entry._id),
          );
        }
        if (open.length < pagesAtATime) return;
        last = open.at(-1)?.page ?? last;
      }
    },
  };
}
