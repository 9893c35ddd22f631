import type { ErrorCode } from '@portico/envelope';
import type { Cause, DeliveryResult } from '@portico/queue';

/** How long a failure of the provider keeps a channel closed. */
export const holdMs = 60_000;

/** What the provider said of one message. */
export interface Outcome {
  status: DeliveryResult['status'] | 'pending';
  cause: Cause | null;
  outcomeAt: Date;
}

export interface Refusal {
  error: ErrorCode;
  cause: Cause;
  /** Milliseconds until it is tried again. */
  waitMs: number;
}

/** Causes that lie with the provider: the next message would fail as well. */
const providerCauses: readonly Cause[] = ['out_of_credit', 'unavailable', 'provider_error'];

const liesWithProvider = ({ status, cause }: Outcome) =>
  // A provider that is busy has the message again later; one that refuses it for good has seen this number too often.
  cause === 'rate_limited' ? status === 'retrying' : cause !== null && providerCauses.includes(cause);
const liesWithRecipient = ({ status, cause }: Outcome) =>
  cause === 'rejected' || cause === 'invalid_recipient' || (cause === 'rate_limited' && status === 'failed');
/** A provider that refuses this many messages in a row refuses all of them, not their recipients. */
const refusalsInARow = 3;

/** Outcomes that say something of the channel: an address that does not exist says nothing. */
export const tellingStatuses = ['sent', 'failed', 'retrying'] as const;

/**
 * Whether a channel is closed, from its last outcomes, newest first. The answer to `send_code` cannot wait for the
 * provider; so while the last thing heard of it is a failure, nobody is promised a code (document 004, 10011 to
 * 10014). A success opens the channel, as does a minute.
 */
export function channelRefusal(
  channel: 'sms' | 'email',
  outcomes: readonly Outcome[],
  now: number,
): Refusal | undefined {
  const recent = outcomes.filter(({ outcomeAt }) => outcomeAt.getTime() > now - holdMs);
  const [last] = recent;
  if (!last?.cause || last.status === 'sent') return undefined;
  const refusesAll =
    recent.length >= refusalsInARow &&
    recent.slice(0, refusalsInARow).every(({ cause }) => cause === 'rejected');
  return liesWithProvider(last) || refusesAll ? refusal(channel, last, now) : undefined;
}

/** Whether one address is closed: its provider refused the last message to it, and would refuse the next. */
export function recipientRefusal(
  channel: 'sms' | 'email',
  last: Outcome | null,
  now: number,
): Refusal | undefined {
  if (!last || last.outcomeAt.getTime() <= now - holdMs) return undefined;
  return liesWithRecipient(last) ? refusal(channel, last, now) : undefined;
}

function refusal(channel: 'sms' | 'email', { cause, outcomeAt }: Outcome, now: number): Refusal | undefined {
  if (!cause) return undefined;
  return { error: errorOf(channel, cause), cause, waitMs: outcomeAt.getTime() + holdMs - now };
}

/** Document 004, 错误码. */
export function errorOf(channel: 'sms' | 'email', cause: Cause): ErrorCode {
  if (channel === 'email') return 'mail_unavailable';
  if (cause === 'out_of_credit') return 'sms_out_of_credit';
  return cause === 'unavailable' ? 'sms_unavailable' : 'sms_failed';
}
