import type { Cause } from '@portico/queue';

/** What a provider is given of any message. */
export interface Addressed {
  /** The outbox id: the provider's idempotency key, the same over all attempts. */
  id: string;
  to: string;
}

export interface MailContent extends Addressed {
  subject: string;
  text: string;
  html: string;
}

export interface SmsContent extends Addressed {
  text: string;
  /** For providers that know templates of their own. */
  template: string;
  data: Record<string, unknown>;
}

export interface PushContent extends Addressed {
  title: string;
  body: string;
  payload: Record<string, string>;
}

export interface Receipt {
  /** The provider's own id of the message, where it gives one. */
  messageId?: string | undefined;
  /** Of each part, where it sends a long message in several: any of them may be reported on. */
  partIds?: readonly string[];
}

/** A later word of the provider on a message that it had accepted. */
export interface DeliveryReceipt {
  messageId: string;
  /** Its own word: `DELIVRD`, `UNDELIV`. */
  state: string;
  code?: string | undefined;
}

/** One way out of the platform; one file and one test each. */
export interface Provider<Content extends Addressed> {
  readonly name: string;
  /** Whether a message sent twice under one id arrives once, so that an unknown outcome may be repeated freely. */
  readonly idempotent: boolean;
  /** How many messages it takes at a time from one process. */
  readonly concurrency: number;
  /**
   * Hands a message over.
   *
   * @throws ProviderError; anything else counts as an unknown outcome
   */
  send(content: Content, signal: AbortSignal): Promise<Receipt>;
  close?(): Promise<void> | void;
}

export interface ProviderErrorDetails {
  cause: Cause;
  /** The provider's own code. */
  code?: string | undefined;
  /** Milliseconds before which another attempt is unwelcome. */
  retryAfterMs?: number | undefined;
  /** Whether that holds for all messages to this provider, not only this one. */
  pause?: boolean;
}

/**
 * - `retry`: not sent; another attempt may succeed
 * - `permanent`: not sent; another attempt would fail alike
 * - `unknown`: it may have been sent
 */
export type Outcome = 'retry' | 'permanent' | 'unknown';

/** Why a message was not handed over, classified. */
export class ProviderError extends Error {
  readonly outcome: Outcome;
  readonly details: ProviderErrorDetails;

  constructor(outcome: Outcome, reason: string, details: ProviderErrorDetails) {
    super(reason);
    this.name = 'ProviderError';
    this.outcome = outcome;
    this.details = details;
  }
}

/** Names whatever a provider threw. */
export function toProviderError(thrown: unknown): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new ProviderError('unknown', reason, { cause: 'provider_error' });
}
