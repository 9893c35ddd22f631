import { z } from 'zod';
import { channels } from './keys.ts';
import { templates, type TemplateName, type Wording } from './templates.ts';

/** BullMQ forbids `:` in job ids; providers get this id as their idempotency key. */
export const messageId = z.string().regex(/^[A-Za-z0-9_-]{8,80}$/, 'must be 8 to 80 letters, digits, - or _');

const json = z.record(z.string(), z.json());
const templateNames = Object.keys(templates) as [TemplateName, ...TemplateName[]];

/** One message to one recipient, as it stands sealed in an outbox and in Redis. */
export const messageSchema = z.object({
  id: messageId,
  /** Who asked; results go to `results.<service>`. */
  service: z.string().regex(/^[a-z][a-z0-9-]{1,40}$/),
  channel: z.enum(channels),
  /** A mail address, a phone number in E.164, or a device token. */
  to: z.string().min(1).max(4096),
  template: z.enum(templateNames),
  locale: z.enum(['zh', 'en']),
  data: json,
  requestId: z.string().max(128).optional(),
  at: z.iso.datetime(),
  /** Not sent after this: a code that has expired only confuses. */
  expiresAt: z.iso.datetime().optional(),
  /** Which push service a device token belongs to. */
  pushProvider: z.enum(['fcm', 'apns', 'getui']).optional(),
  /** Comes back with the result, for the service to recognise it. No secrets. */
  correlation: json.optional(),
});
export type Message = z.output<typeof messageSchema>;

/** What a service says of a message; id, time and service are added for it. */
export type NewMessage = Wording & {
  channel: Message['channel'];
  to: string;
  locale: Message['locale'];
  requestId?: string | undefined;
  expiresAt?: Date | undefined;
  pushProvider?: Message['pushProvider'];
  correlation?: Message['correlation'];
};

/** The document whose outbox holds a message; written and read by `@portico/outbox`. */
const origin = z.object({ model: z.string(), id: z.json() }).optional();

/** A job of a channel's queue. Everything about the recipient and the text is inside `sealed`. */
export const deliveryJobSchema = z.object({
  id: messageId,
  service: z.string(),
  requestId: z.string().optional(),
  origin,
  sealed: z.string(),
});
export type DeliveryJob = z.output<typeof deliveryJobSchema>;

/** Why a message did not go out, in words that services map to their own errors. */
export const causes = [
  /** The provider's account has no credit (document 004: 10011 for SMS). */
  'out_of_credit',
  /** The provider cannot be used: away, unknown, wrongly configured (10013 SMS, 10014 mail). */
  'unavailable',
  /** Too many messages for the provider's taste. */
  'rate_limited',
  /** The recipient does not exist or does not want this: address, number, device token. */
  'invalid_recipient',
  /** The provider refuses this message (10012). */
  'rejected',
  /** It was too late to send it. */
  'expired',
  /** Anything else the provider said (10012). */
  'provider_error',
] as const;
export type Cause = (typeof causes)[number];

/**
 * What became of a message. `sent`, `failed` and `invalid` (the recipient, for good: remove the device token) are
 * final; `retrying` is told once, after the first attempt that failed, so that a service can say what is wrong
 * before the notifier gives up.
 */
export const deliveryResultSchema = z.object({
  outboxId: z.string(),
  channel: z.enum(channels),
  status: z.enum(['sent', 'failed', 'invalid', 'retrying']),
  cause: z.enum(causes).optional(),
  /** The provider's own words, without secrets. */
  reason: z.string().optional(),
  provider: z.string().optional(),
  providerCode: z.string().optional(),
  providerMessageId: z.string().optional(),
  at: z.iso.datetime(),
  correlation: json.optional(),
  origin,
  requestId: z.string().optional(),
});
export type DeliveryResult = z.output<typeof deliveryResultSchema>;

/** A job of a results queue: a batch, sealed. */
export const resultsJobSchema = z.object({ id: z.string(), sealed: z.string() });
export type ResultsJob = z.output<typeof resultsJobSchema>;
export const resultBatchSchema = z.array(deliveryResultSchema);
