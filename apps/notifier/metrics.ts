import type { MetricRow } from '@portico/descriptor';

const channels = ['email', 'sms', 'push'];
const providers = 'names of providers, or none';

/** What notifier alone serves. */
export const metrics: readonly MetricRow[] = [
  {
    name: 'notifier_deliveries_total',
    type: 'counter',
    help: 'Attempts to deliver, by what they came to',
    labels: {
      channel: channels,
      provider: providers,
      outcome: ['sent', 'waiting', 'failed', 'dead', 'unknown'],
      cause: 'causes of failures (libs/queue), or none',
    },
    from: 'the first message',
  },
  {
    name: 'notifier_attempt_duration_seconds',
    type: 'histogram',
    help: 'Time from the claim of a message to its record',
    labels: { channel: channels, provider: providers },
    from: 'the first message',
  },
  {
    name: 'notifier_message_age_seconds',
    type: 'histogram',
    help: 'Age of messages when they were sent',
    labels: { channel: channels },
    from: 'the first message',
  },
  {
    name: 'notifier_receipts_total',
    type: 'counter',
    help: 'Later words of providers on messages, by whether they arrived',
    labels: { arrived: ['yes', 'no'] },
  },
  {
    name: 'notifier_queue_jobs',
    type: 'gauge',
    help: 'Messages in the queues',
    labels: { channel: channels, state: ['waiting', 'active', 'delayed'] },
  },
  {
    name: 'notifier_queue_oldest_seconds',
    type: 'gauge',
    help: 'How long the next message of a queue has been waiting',
    labels: { channel: channels },
  },
  {
    name: 'notifier_dead_letters',
    type: 'gauge',
    help: 'Messages that did not go out and that nobody replayed',
    labels: { channel: channels, state: ['failed', 'dead', 'unknown'] },
  },
];
