export {
  causes,
  deliveryJobSchema,
  deliveryResultSchema,
  messageSchema,
  resultBatchSchema,
  resultsJobSchema,
} from './contracts.ts';
export type { Cause, DeliveryJob, DeliveryResult, Message, NewMessage, ResultsJob } from './contracts.ts';
export { backoffDelay, workerTiming } from './job-options.ts';
export type { WorkerTiming } from './job-options.ts';
export { channels, deliverJob, periodicQueue, queuePrefix, resultsJob, resultsQueue } from './keys.ts';
export type { Channel } from './keys.ts';
export { createMessageSealer } from './messages.ts';
export type { MessageSealer } from './messages.ts';
export { startPeriodic } from './periodic.ts';
export type { Periodic, PeriodicJob } from './periodic.ts';
export { createProducers } from './producers.ts';
export type { Producers } from './producers.ts';
export { connectRedis, redisReadiness } from './redis.ts';
export type { RedisOptions } from './redis.ts';
export { createSealer, sealing, sealingKeys } from './sealing.ts';
export type { Sealer, SealingKey } from './sealing.ts';
export { templates } from './templates.ts';
export type { TemplateData, TemplateName } from './templates.ts';
export { handler, startWorkers } from './workers.ts';
export type { JobHandler, Workers } from './workers.ts';
