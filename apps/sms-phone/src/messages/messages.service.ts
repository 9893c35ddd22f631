import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@portico/envelope';
import type { LeaseService } from '../leases/leases.service.ts';
import type { Phones } from '../phones/phones.ts';
import type { ProjectStore } from '../projects/projects.store.ts';
import type { Caller } from '../users/users.model.ts';
import { choose } from './matching.ts';
import type { MessageMetrics } from './message-metrics.ts';
import type { MessageRecord } from './messages.model.ts';
import type { Incoming, MessageStore, Redelivery } from './messages.store.ts';
import type { PollLimit } from './poll-limit.ts';

export interface MessageServiceOptions {
  store: MessageStore;
  leases: LeaseService;
  projects: ProjectStore;
  phones: Pick<Phones, 'sender'>;
  pollLimit: PollLimit;
  metrics: MessageMetrics;
  /** Connectors that send a message again under another id, and within which time. */
  redeliveryMs: ReadonlyMap<string, number>;
  onError: (error: unknown) => void;
}

export interface CodeRequest {
  user: Caller;
  projectId: string;
  phone: string;
  waitSeconds: number;
  signal: AbortSignal;
}

/** How often those who wait look for what other instances received; what this one receives wakes them at once. */
const lookMs = 500;
/** What was stored and not given to anybody by then was cut off. */
const cutOffMs = 2000;
const batchSize = 200;

/** Messages, from their arrival to whoever leases the number (contract: lease). */
export function createMessageService(options: MessageServiceOptions) {
  const { store, leases, projects, phones, pollLimit, metrics, redeliveryMs, onError } = options;
  const waiting = new Map<string, Set<() => void>>();
  let draining = false;

  const wake = (phone: string) => {
    for (const look of waiting.get(phone) ?? []) look();
  };

  /** Until something may have come, or it makes no sense to wait any more. */
  async function mayHaveCome(phone: string, signal: AbortSignal, ms: number): Promise<void> {
    const woken = new AbortController();
    const look = () => woken.abort();
    const looks = waiting.get(phone) ?? new Set();
    waiting.set(phone, looks.add(look));
    const either = AbortSignal.any([signal, woken.signal]);
    await delay(Math.min(ms, lookMs), undefined, { signal: either }).catch(() => undefined);
    looks.delete(look);
    if (looks.size === 0) waiting.delete(phone);
  }

  async function leave(message: MessageRecord, reason: string): Promise<void> {
    await store.leave(message._id, reason);
    metrics.unmatched();
  }

  /** Gives a stored message to its lease, or to the operators. May be done again. */
  async function deliver(message: MessageRecord): Promise<void> {
    const running = await leases.leasesAt(message.to, message.receivedAt);
    const known = await projects.findMany([...new Set(running.map(({ projectId }) => projectId))]);
    const chosen = choose(running, known, message, (sender) => phones.sender(sender));
    if ('reason' in chosen) {
      await leave(message, chosen.reason);
    } else if (await leases.receive(chosen.lease, message._id, message.receivedAt)) {
      await store.assign(message._id, chosen.lease._id);
      metrics.matched();
      wake(message.to);
    } else {
      await leave(message, 'the lease had ended');
    }
  }

  async function redeliveryOf({ provider, to, receivedAt }: Incoming): Promise<Redelivery | undefined> {
    const windowMs = redeliveryMs.get(provider);
    if (windowMs === undefined) return undefined;
    const running = await leases.leasesAt(to, receivedAt);
    return { windowMs, leases: running.map(({ _id }) => _id) };
  }

  return {
    /**
     * Takes a message. When this resolves it is stored and may be acknowledged; it reaches its lease then or, after a
     * crash, by recovery.
     *
     * @returns whether it is new
     */
    async receive(incoming: Incoming): Promise<boolean> {
      const message = await store.add(incoming, await redeliveryOf(incoming));
      if (!message) return false;
      await deliver(message).catch(onError);
      return true;
    },

    /** @throws AppError `not_found`, `rate_limited` */
    async messagesFor({
      user,
      projectId,
      phone,
      waitSeconds,
      signal,
    }: CodeRequest): Promise<MessageRecord[]> {
      let lease = await leases.own(user, projectId, phone);
      await pollLimit(`${user._id}:${projectId}:${phone}`);
      const until = Date.now() + waitSeconds * 1000;
      for (;;) {
        // Most polls end here: a lease that runs has received nothing, because the first message captures the price.
        const messages = lease.state === 'active' ? [] : await store.ofLease(lease._id);
        const left = until - Date.now();
        if (messages.length > 0 || left <= 0 || draining || signal.aborted) return messages;
        await mayHaveCome(phone, signal, left);
        // It may have been released meanwhile.
        lease = await leases.own(user, projectId, phone);
      }
    },

    /** Delivers what a crash has left behind. */
    async recover(): Promise<void> {
      for (const message of await store.stored(new Date(Date.now() - cutOffMs), batchSize))
        await deliver(message);
    },

    /** Sends those home who wait. */
    drain(): void {
      draining = true;
      for (const phone of waiting.keys()) wake(phone);
    },
  };
}

export type MessageService = ReturnType<typeof createMessageService>;

/** A poll that came too early (contract: get_sms_code). */
export const tooEarly = (seconds: number) =>
  new AppError('rate_limited', { message: '查询过于频繁，每个号码每秒最多一次', retryAfter: seconds });
