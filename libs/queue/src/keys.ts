/** The ways a message leaves the platform. Each is a queue of its own, so that each can be scaled alone. */
export const channels = ['email', 'sms', 'push'] as const;
export type Channel = (typeof channels)[number];

/** The job name in each of the channels' queues. */
export const deliverJob = 'deliver';
/** The job name in the queues by which the notifier answers. */
export const resultsJob = 'results';

/** Where a service reads what became of its messages. */
export function resultsQueue(service: string): string {
  return `results.${service}`;
}

/** Where a service's periodic work is scheduled. */
export function periodicQueue(service: string): string {
  return `periodic.${service}`;
}

/**
 * BullMQ's key prefix of a queue. BullMQ's scripts touch many keys of one queue at once: the braces keep them in one
 * slot of a Redis Cluster, and different queues in different ones.
 */
export function queuePrefix(redisPrefix: string, queue: string): string {
  return `{${redisPrefix}.${queue}}`;
}
