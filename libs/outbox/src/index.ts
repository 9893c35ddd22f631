export { addOutbox } from './field.ts';
export type { OutboxEntry, WithOutbox } from './field.ts';
export { outboxMetrics } from './metrics.ts';
export { createOutbox, outboxTiming } from './outbox.ts';
export type {
  Outbox,
  OutboxModel,
  OutboxOptions,
  OutboxSource,
  OutboxStats,
  OutboxTiming,
} from './outbox.ts';
