import { trusted } from 'mongoose';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { channels, type Channel, type Message, type Producers } from '@portico/queue';
import type { Delivery, DeliveryModel } from './deliveries.model.ts';

export interface DeliveryMetrics {
  attempted(
    channel: Channel,
    provider: string,
    set: Partial<Delivery>,
    seconds: number,
    message: Message | undefined,
  ): void;
  received(state: string): void;
}

/** Deliveries by outcome, and what waits. All labels are from short, closed lists. */
export function createDeliveryMetrics(
  registry: Registry,
  producers: Producers,
  model: DeliveryModel,
): DeliveryMetrics {
  const attempts = new Counter({
    name: 'notifier_deliveries_total',
    help: 'Attempts to deliver, by what they came to',
    labelNames: ['channel', 'provider', 'outcome', 'cause'] as const,
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'notifier_attempt_duration_seconds',
    help: 'Time from the claim of a message to its record',
    labelNames: ['channel', 'provider'] as const,
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  const age = new Histogram({
    name: 'notifier_message_age_seconds',
    help: 'Age of messages when they were sent',
    labelNames: ['channel'] as const,
    buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800],
    registers: [registry],
  });
  const receipts = new Counter({
    name: 'notifier_receipts_total',
    help: 'Later words of providers on messages, by whether they arrived',
    labelNames: ['arrived'] as const,
    registers: [registry],
  });
  for (const arrived of ['yes', 'no'] as const) receipts.inc({ arrived }, 0);
  observeQueues(registry, producers, model);
  return {
    attempted(channel, provider, set, seconds, message) {
      attempts.inc({ channel, provider, outcome: set.state ?? 'unknown', cause: set.cause ?? 'none' });
      duration.observe({ channel, provider }, seconds);
      if (set.state === 'sent' && message)
        age.observe({ channel }, (Date.now() - Date.parse(message.at)) / 1000);
    },
    received: (state) => receipts.inc({ arrived: state === 'DELIVRD' ? 'yes' : 'no' }),
  };
}

/** Refused for good, tried in vain, or perhaps arrived. */
const deadStates = ['failed', 'dead', 'unknown'] as const;
const queueStates = ['waiting', 'active', 'delayed'] as const;

function observeQueues(registry: Registry, producers: Producers, model: DeliveryModel): void {
  const depth: Gauge<'channel' | 'state'> = new Gauge({
    name: 'notifier_queue_jobs',
    help: 'Messages in the queues',
    labelNames: ['channel', 'state'] as const,
    registers: [registry],
    collect: () =>
      ofEachChannel(async (channel) => {
        const counts = await producers.queue(channel).getJobCounts(...queueStates);
        for (const state of queueStates) depth.set({ channel, state }, counts[state] ?? 0);
      }),
  });
  const oldest: Gauge<'channel'> = new Gauge({
    name: 'notifier_queue_oldest_seconds',
    help: 'How long the next message of a queue has been waiting',
    labelNames: ['channel'] as const,
    registers: [registry],
    collect: () =>
      ofEachChannel(async (channel) => {
        const [next] = await producers.queue(channel).getJobs(['waiting'], 0, 0, true);
        oldest.set({ channel }, next ? (Date.now() - next.timestamp) / 1000 : 0);
      }),
  });
  const dead: Gauge<'channel' | 'state'> = new Gauge({
    name: 'notifier_dead_letters',
    help: 'Messages that did not go out and that nobody replayed',
    labelNames: ['channel', 'state'] as const,
    registers: [registry],
    collect: () =>
      ofEachChannel(async (channel) => {
        const counts = deadStates.map((state) =>
          model.countDocuments({ channel, state, deadAt: trusted({ $exists: true }) }),
        );
        for (const [index, count] of (await Promise.all(counts)).entries())
          dead.set({ channel, state: deadStates[index] }, count);
      }),
  });
}

/** A store that is away leaves the last values standing; readiness says that it is away. */
async function ofEachChannel(observe: (channel: Channel) => Promise<void>): Promise<void> {
  await Promise.allSettled(channels.map(observe));
}
