import {
  createMessageSealer,
  createProducers,
  deliverJob,
  deliveryJobSchema,
  handler,
  startWorkers,
  type DeliveryJob,
  type DeliveryResult,
  type Message,
  type Sealer,
} from '@portico/queue';

/** What the notifier says of a message; nothing at all for undefined. */
export type Verdict = Pick<DeliveryResult, 'status'> & Partial<DeliveryResult>;

/**
 * The other end of a service's queues: opens what it sends, and reports what the test decides. It stands where the
 * notifier stands, because a provider out of credit has to be had at will.
 */
export function notifierPeer(
  service: string,
  { redisUrl, redisPrefix }: { redisUrl: string; redisPrefix: string },
  sealer: Sealer,
) {
  const messages: Message[] = [];
  const sealed = createMessageSealer(service, sealer);
  const producers = createProducers({ redisUrl, redisPrefix, name: 'notifier-peer', sealer });
  let verdict: (message: Message) => Verdict | undefined = () => ({ status: 'sent' });

  const report = (job: DeliveryJob, message: Message, told: Verdict) =>
    producers.report(service, [
      {
        at: new Date().toISOString(),
        ...told,
        outboxId: job.id,
        channel: message.channel,
        ...(message.correlation && { correlation: message.correlation }),
        ...(job.origin && { origin: job.origin }),
      },
    ]);

  const workers = startWorkers({
    redisUrl,
    redisPrefix,
    name: 'notifier-peer',
    queues: (['sms', 'email', 'push'] as const).map((channel) => ({
      queue: channel,
      jobs: [deliverJob],
      concurrency: 10,
      handlers: [
        handler(deliverJob, deliveryJobSchema, async (job) => {
          const message = sealed.open(channel, job);
          messages.push(message);
          const told = verdict(message);
          if (!told) return;
          // As a notifier does that crashed after the first time: whoever reads results must bear it.
          await report(job, message, told);
          await report(job, message, told);
        }),
      ],
    })),
  });

  return {
    /** Everything that came, in order. */
    messages,
    to: (address: string) => messages.filter(({ to }) => to === address),
    /** From now on. */
    decide(next: (message: Message) => Verdict | undefined): void {
      verdict = next;
    },
    async close(): Promise<void> {
      await workers.close();
      await producers.close();
    },
  };
}

export type NotifierPeer = ReturnType<typeof notifierPeer>;
