import type { Metrics } from '@portico/service';
import { Counter } from 'prom-client';

/** Counts what becomes of messages. Both series are there from the start. */
export function createMessageMetrics({ registry }: Metrics) {
  const messages = new Counter({
    name: 'sms_phone_messages_total',
    help: 'SMS that came in, by whether they belonged to a lease',
    labelNames: ['matched'] as const,
    registers: [registry],
  });
  for (const matched of ['yes', 'no'] as const) messages.inc({ matched }, 0);
  return {
    matched: () => messages.inc({ matched: 'yes' }),
    unmatched: () => messages.inc({ matched: 'no' }),
  };
}

export type MessageMetrics = ReturnType<typeof createMessageMetrics>;
