import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Outbox, OutboxEntry } from '@portico/outbox';
import type { Message } from '@portico/queue';
import type { Logger } from '@portico/service';
import type { ClientType } from '../devices/devices.model.ts';
import type { PushTarget } from '../devices/devices.store.ts';
import { pageId, type PushPageModel } from './push-pages.model.ts';
import { outstanding, type PushPageStore } from './push-pages.store.ts';
import type { PushQueue } from './push-queue.ts';
import type { PushTargets } from './push-targets.ts';
import { pushStatus, type PushCounts, type PushRecord, type PushWork } from './pushes.model.ts';
import type { PushChange, PushStore } from './pushes.store.ts';

export interface FanOutOptions {
  pushes: PushStore;
  pages: PushPageStore;
  pageModel: PushPageModel;
  targets: PushTargets;
  queue: PushQueue;
  outbox: Outbox;
  /** Which push service the client ids of each type of device belong to. */
  providers: Record<ClientType, Message['pushProvider']>;
  /** The highest id of a device. */
  lastDeviceId: () => Promise<number>;
  logger: Logger;
  timing?: Partial<FanOutTiming>;
}

/** Times, to be shortened by tests. */
export interface FanOutTiming {
  /** How long a runner holds a push without a sign of life: what a crash costs. */
  leaseMs: number;
  /** Between two looks at a push that waits for results, or for a store. */
  pauseMs: number;
  /** After which a push of which most has gone out counts as sent, though some messages are still being retried. */
  patienceMs: number;
}

const defaultTiming: FanOutTiming = { leaseMs: 10_000, pauseMs: 1000, patienceMs: 60_000 };
/** Pushes that one process works on at a time. */
const maxActive = 8;
/** Pages under way before it is looked which are closed, and how often then. */
const foldAfter = 10;
const foldEvery = 10;

export interface FanOut {
  /** Takes on what is due, in the background. */
  wake(): Promise<void>;
  /** Finishes the page in hand and gives everything back. */
  close(): Promise<void>;
}

type Held = PushRecord & { work: PushWork };

/**
 * Brings pushes to the devices, page by page, by any number of processes. A page is written under an id of its own
 * before the cursor moves past it: what a crash interrupts is written again as the same page, or found written, so
 * that no page is skipped and none repeated. How fast is decided by the queue: no more is handed over than the
 * notifier is able to take on, so that cancelling finds most of a push not yet handed over.
 */
export function createFanOut(options: FanOutOptions): FanOut {
  const { pushes, pages, pageModel, targets, queue, outbox, logger } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const stopping = new AbortController();
  const active = new Map<number, Promise<void>>();
  /** Looks after pushes that this process left alone for now; others are found by the periodic look. */
  let look: NodeJS.Timeout | undefined;
  const soon = (ms: number) => new Date(Date.now() + ms);

  /** The next state of a push that is still ours; undefined when it is not, or is to be left alone for now. */
  async function change(push: Held, { work, ...rest }: PushChange): Promise<Held | undefined> {
    const held = { runner: push.work.runner ?? '', step: push.work.step };
    const changed = await pushes.change(push._id, held, {
      ...rest,
      work: { due: soon(timing.leaseMs), ...work },
    });
    return changed?.work ? (changed as Held) : undefined;
  }

  async function pause(push: Held, ms = timing.pauseMs): Promise<undefined> {
    await change(push, { work: { due: soon(ms), runner: null } });
  }

  async function publish(push: Held): Promise<Held | undefined> {
    const upTo = await options.lastDeviceId();
    return change(push, { publishedAt: new Date(), work: { step: 'fanOut', upTo } });
  }

  /** Counts closed pages for good, so that what is read to count is what is under way, however large the push. */
  async function fold(push: Held): Promise<Held | undefined> {
    const { counts, folded } = await pages.closed(push, push.work.folded);
    return change(push, { counts, work: { folded } });
  }

  async function fanOut(push: Held): Promise<Held | undefined> {
    const { cursor, page, folded } = push.work;
    if (!(await queue.hasRoom(stopping.signal))) return fold(push);
    if (page - folded > foldAfter && page % foldEvery === 0) {
      const next = await fold(push);
      if (!next) return undefined;
      push = next;
    }
    const { targets: devices, next, isLast } = await targets.next(push, push.work);
    const entries = devices.map((device) => messageTo(device, push));
    const written =
      entries.length > 0
        ? await pages.write(push._id, page, { next, outbox: entries })
        : { next, outbox: [] };
    // Written by a predecessor of which the next page is not known: only an own page can be the last.
    const ends = isLast && written.next === next;
    const moved = await change(push, {
      work: {
        cursor: Math.max(cursor, written.next),
        page: entries.length > 0 ? page + 1 : page,
        ...(ends && { step: 'settle', writtenAt: new Date() }),
      },
    });
    // Overtaken or cancelled meanwhile: then whoever did that decides what becomes of this page.
    if (moved) {
      const unsent = written.outbox.filter(({ enqueued }) => enqueued === 0);
      outbox.relay(pageModel, pageId(push._id, page), unsent);
    }
    return moved;
  }

  function messageTo(device: PushTarget, push: PushRecord): OutboxEntry {
    const provider = options.providers[device.clientType];
    return outbox.pending({
      channel: 'push',
      to: device.clientId,
      template: 'push',
      locale: 'zh',
      data: { title: push.title, body: push.body, payload: { push_id: String(push._id) } },
      requestId: push.requestId,
      correlation: { device: device._id },
      ...(provider && { pushProvider: provider }),
    });
  }

  async function settle(held: Held): Promise<Held | undefined> {
    const push = await fold(held);
    if (!push) return undefined;
    const counts = await pages.total(push);
    if (outstanding(counts) === 0) return conclude(push, counts);
    const waited = Date.now() - (push.work.writtenAt?.getTime() ?? 0);
    if (push.status === pushStatus.pending && counts.sent > 0 && waited > timing.patienceMs) {
      await change(push, { status: pushStatus.sent });
    }
    return pause(push);
  }

  async function withdraw(push: Held): Promise<Held | undefined> {
    await queue.takeBack(push._id);
    const counts = await pages.total(push);
    return outstanding(counts) === 0 ? conclude(push, counts) : pause(push);
  }

  const conclude = (push: Held, counts: PushCounts) =>
    change(push, { counts, status: finalStatus(push, counts), work: { step: 'clean' } });

  async function clean(push: Held): Promise<undefined> {
    await pages.removeAllOf(push._id);
    await change(push, { done: true });
  }

  const steps = { publish, fanOut, settle, withdraw, clean };

  async function run(push: Held): Promise<void> {
    let current: Held | undefined = push;
    try {
      while (current && !stopping.signal.aborted) current = await steps[current.work.step](current);
      if (current) await pause(current, 0);
    } catch (error) {
      logger.warn({ err: error, push: push._id }, 'fan-out interrupted, it is resumed');
      // Where even this fails, the lease runs out.
      if (current) await pause(current).catch(() => undefined);
    }
  }

  async function takeOn(): Promise<void> {
    const due = await pushes.due(new Date(), maxActive);
    for (const { _id, work } of due) {
      if (active.size >= maxActive || stopping.signal.aborted) return;
      if (active.has(_id)) continue;
      const claimed = await pushes.claim(_id, work, randomUUID(), soon(timing.leaseMs));
      if (!claimed?.work) continue;
      const running = run(claimed as Held).finally(() => {
        active.delete(_id);
        lookAgain();
      });
      active.set(_id, running);
    }
  }

  function lookAgain(): void {
    if (stopping.signal.aborted) return;
    look ??= setTimeout(() => {
      look = undefined;
      takeOn().catch((error: unknown) => logger.warn({ err: error }, 'fan-out not started yet'));
    }, timing.pauseMs);
  }

  return {
    async wake() {
      if (!stopping.signal.aborted) await takeOn();
    },
    async close() {
      stopping.abort();
      clearTimeout(look);
      await Promise.all(active.values());
      // A claim that was under way.
      await delay(0);
      await Promise.all(active.values());
    },
  };
}

/** A push that reached nobody has failed; one that had nobody to reach has not. */
function finalStatus({ status }: PushRecord, { targeted, sent }: PushCounts) {
  if (status === pushStatus.cancelled) return status;
  return targeted > 0 && sent === 0 ? pushStatus.failed : pushStatus.sent;
}
