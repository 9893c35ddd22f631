import { setTimeout as delay } from 'node:timers/promises';
import { DelayedError, UnrecoverableError, type Job } from 'bullmq';
import {
  backoffDelay,
  createMessageSealer,
  type Channel,
  type DeliveryJob,
  type DeliveryResult,
  type Message,
  type Sealer,
} from '@portico/queue';
import type { Logger } from '@portico/service';
import { ProviderError, toProviderError, type Receipt } from '../providers/provider.ts';
import type { Courier } from './courier.ts';
import type { Delivery } from './deliveries.model.ts';
import { sameId, type Claimed, type DeliveryStore, type Finish } from './deliveries.store.ts';
import type { DeliveryMetrics } from './metrics.ts';
import { maskAddress, withoutSecrets } from './privacy.ts';
import { longestWaitMs, type RateLimit } from './rate-limit.ts';
import type { Reporter } from './results.ts';

export interface RetryPolicy {
  maxAttempts: number;
  firstMs: number;
  ceilingMs: number;
}

export interface DeliveriesOptions {
  courier: Courier;
  store: DeliveryStore;
  report: Reporter;
  rateLimit: RateLimit;
  sealer: Sealer;
  logger: Logger;
  metrics: DeliveryMetrics;
  retry: RetryPolicy;
}

const day = 24 * 3_600_000;
/** Longer than any outbox asks again for a message that it had no word of. */
const keepSentMs = 7 * day;
const keepDeadMs = 30 * day;
/** A message that may have arrived is repeated so often where the provider cannot tell repeats. */
const maxUnknownOutcomes = 2;

/** What a failed attempt leads to. */
type Verdict = { state: 'waiting'; at: Date } | { state: 'failed' | 'dead' | 'unknown' };

/** Does the jobs of the channels' queues: each message once, whatever crashes and however often it is enqueued. */
export function createDeliveries(options: DeliveriesOptions) {
  const { courier, store, report, rateLimit, logger, metrics, retry } = options;
  const messages = createMessageSealer('notifier', options.sealer);
  /** Providers that asked for a pause, and until when. */
  const paused = new Map<string, number>();

  const open = (channel: Channel, job: DeliveryJob): Message | undefined => {
    try {
      return messages.open(channel, job);
    } catch (error) {
      logger.error({ deliveryId: job.id, channel, error }, 'message cannot be opened');
      return undefined;
    }
  };

  /** Comes back when the provider may be asked, or sends the job back to the queue until then. */
  const awaitTurn = async (provider: string, job: Job, token: string) => {
    const pausedUntil = paused.get(provider) ?? 0;
    if (pausedUntil > Date.now()) await postpone(job, token, new Date(pausedUntil + Math.random() * 500));
    const wait = await rateLimit(provider);
    if (wait > longestWaitMs) await postpone(job, token, new Date(Date.now() + wait));
    if (wait > 0) await delay(wait);
  };

  const sentWrite = (claim: Claimed, message: Message, provider: string, receipt: Receipt): Finish => {
    const now = new Date();
    return {
      id: claim.id,
      fence: claim.fence,
      set: {
        state: 'sent',
        sentAt: now,
        purgeAt: new Date(now.getTime() + keepSentMs),
        provider,
        template: message.template,
        to: maskAddress(message.channel, message.to),
        ...(receipt.messageId !== undefined && { providerMessageId: receipt.messageId }),
        ...(receipt.partIds && { providerPartIds: receipt.partIds.map(sameId) }),
      },
      // After an only attempt there is nothing to tidy up.
      ...(claim.fence > 1 && {
        unset: ['nextAttemptAt', 'cause', 'reason', 'providerCode', 'deadAt', 'job'],
      }),
    };
  };

  const verdictOn = (error: ProviderError, claim: Claimed, idempotent: boolean): Verdict => {
    const { outcome, details } = error;
    if (outcome === 'permanent') return { state: 'failed' };
    const unknowns = claim.unknownOutcomes + (outcome === 'unknown' ? 1 : 0);
    if (outcome === 'unknown' && !idempotent && unknowns >= maxUnknownOutcomes) return { state: 'unknown' };
    if (claim.attempts >= retry.maxAttempts) return { state: outcome === 'unknown' ? 'unknown' : 'dead' };
    const wait = Math.max(details.retryAfterMs ?? 0, backoffDelay(claim.attempts, retry));
    return { state: 'waiting', at: new Date(Date.now() + wait) };
  };

  const failedSet = (
    error: ProviderError,
    verdict: Verdict,
    claim: Claimed,
    job: DeliveryJob,
    message: Message | undefined,
  ): Partial<Delivery> => {
    const now = new Date();
    const { cause, code } = error.details;
    return {
      state: verdict.state,
      cause,
      reason: message ? withoutSecrets(error.message, message) : error.message,
      ...(code !== undefined && { providerCode: code }),
      ...(message && { template: message.template, to: maskAddress(message.channel, message.to) }),
      ...(error.outcome === 'unknown' && { unknownOutcomes: claim.unknownOutcomes + 1 }),
      ...(verdict.state === 'waiting'
        ? { nextAttemptAt: verdict.at }
        : { deadAt: now, purgeAt: new Date(now.getTime() + keepDeadMs), job }),
    };
  };

  /** A send that is not recorded would be repeated, so the record is tried for as long as the database is away. */
  const record = async (write: Finish): Promise<boolean> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await store.finish(write);
      } catch (error) {
        if (attempt === 1) logger.warn({ deliveryId: write.id, error }, 'delivery not recorded yet');
        if (attempt >= 60) {
          store.drop(write.id);
          throw error;
        }
        await delay(500);
      }
    }
  };

  const tell = (service: string, delivery: Delivery, message: Message | undefined, job: DeliveryJob) =>
    report(service, {
      outboxId: job.id,
      channel: delivery.channel,
      status: statusOf(delivery),
      ...(delivery.state !== 'sent' && {
        ...(delivery.cause !== undefined && { cause: delivery.cause }),
        ...(delivery.reason !== undefined && { reason: delivery.reason }),
        ...(delivery.providerCode !== undefined && { providerCode: delivery.providerCode }),
      }),
      ...(delivery.provider !== undefined && { provider: delivery.provider }),
      ...(delivery.providerMessageId !== undefined && { providerMessageId: delivery.providerMessageId }),
      at: new Date().toISOString(),
      ...(message?.correlation && { correlation: message.correlation }),
      ...(job.origin && { origin: job.origin }),
      ...(job.requestId !== undefined && { requestId: job.requestId }),
    });

  /** One attempt, from the provider's answer to the record. Answers the record, or undefined when it is not ours. */
  const attempt = async (
    claim: Claimed,
    channel: Channel,
    data: DeliveryJob,
    message: Message | undefined,
    provider: string,
  ): Promise<Partial<Delivery> | undefined> => {
    const started = performance.now();
    let set: Partial<Delivery>;
    let write: Finish;
    try {
      if (!message)
        throw new ProviderError('retry', 'the payload cannot be opened', { cause: 'unavailable' });
      const receipt = await courier.send(message, { repeated: claim.fence > 1 });
      write = sentWrite(claim, message, provider, receipt);
      set = write.set;
    } catch (thrown) {
      const error = toProviderError(thrown);
      const verdict = verdictOn(error, claim, courier.isIdempotent(channel, message));
      if (error.details.pause && verdict.state === 'waiting') paused.set(provider, verdict.at.getTime());
      set = { ...failedSet(error, verdict, claim, data, message), provider };
      write = { id: claim.id, fence: claim.fence, set };
    }
    const ours = await record(write);
    metrics.attempted(channel, provider, set, (performance.now() - started) / 1000, message);
    const fields = {
      deliveryId: data.id,
      channel,
      provider,
      state: set.state,
      attempts: claim.attempts,
      requestId: data.requestId,
    };
    if (!ours) {
      logger.warn(fields, 'delivery was taken over');
      return undefined;
    }
    if (set.state === 'sent') logger.debug(fields, 'delivered');
    else {
      const { cause, reason, providerCode, nextAttemptAt } = set;
      logger.warn({ ...fields, cause, reason, providerCode, nextAttemptAt }, 'delivery failed');
    }
    return set;
  };

  return {
    /** The handler of a channel's jobs. */
    async deliver(channel: Channel, data: DeliveryJob, job: Job, token: string): Promise<void> {
      const message = open(channel, data);
      const provider = courier.providerName(channel, message);
      await awaitTurn(provider, job, token);
      const claim = await store.claim(channel, data);
      if (!claim.claimed) {
        // A little later than due: clocks differ.
        if (claim.because === 'later') return postpone(job, token, new Date(claim.at.getTime() + 20));
        await tell(data.service, claim.delivery, message, data);
        return;
      }
      const set = await attempt(claim, channel, data, message, provider);
      if (!set) return;
      // `retrying` is told once, so that a service knows what is wrong before we give up.
      if (set.state !== 'waiting' || claim.attempts === 1) {
        await tell(data.service, { ...set, channel } as Delivery, message, data);
      }
      if (set.state === 'waiting' && set.nextAttemptAt) return postpone(job, token, set.nextAttemptAt);
      if (set.state !== 'sent') throw new UnrecoverableError(set.reason ?? 'not delivered');
    },
  };
}

function statusOf({ state, cause }: Delivery): DeliveryResult['status'] {
  if (state === 'sent') return 'sent';
  if (state === 'waiting') return 'retrying';
  return cause === 'invalid_recipient' ? 'invalid' : 'failed';
}

/** Back to the queue until then. It costs no attempt: those are counted in the record. */
async function postpone(job: Job, token: string, until: Date): Promise<never> {
  await job.moveToDelayed(Math.max(until.getTime(), Date.now() + 1), token);
  throw new DelayedError();
}
