import { createHash } from 'node:crypto';
import type { Cause } from '@portico/queue';
import {
  BindError,
  bindSession,
  receiptOf,
  segmentsOf,
  SessionEnded,
  statusName,
  type Answer,
  type Session,
  type Submitted,
} from '@portico/smpp';
import {
  ProviderError,
  type DeliveryReceipt,
  type Outcome,
  type Provider,
  type SmsContent,
} from '../provider.ts';

export interface SmppOptions {
  /** `smpp://host:2775`, or `ssmpp://` with TLS. */
  url: string;
  systemId: string;
  password: string;
  /** What recipients see as the sender: a number or up to 11 letters. */
  source: string;
  /** A transceiver also hears delivery receipts; a transmitter's come over someone else's bind. */
  bind: 'transmitter' | 'transceiver';
  /** Messages on their way to the centre at a time. */
  window: number;
  timeoutMs: number;
  enquireEveryMs: number;
  onReceipt?: (receipt: DeliveryReceipt) => void;
}

/** SMPP 3.4, table 5-2: what a repeat may mend, and what it cannot. */
const statuses: Record<number, [Outcome, Cause]> = {
  0x08: ['retry', 'provider_error'], // ESME_RSYSERR
  0x0b: ['permanent', 'invalid_recipient'], // ESME_RINVDSTADR
  0x0d: ['retry', 'unavailable'], // ESME_RBINDFAIL
  0x0e: ['retry', 'unavailable'], // ESME_RINVPASWD
  0x0f: ['retry', 'unavailable'], // ESME_RINVSYSID
  0x14: ['retry', 'rate_limited'], // ESME_RMSGQFUL
  0x58: ['retry', 'rate_limited'], // ESME_RTHROTTLED
};
const alphanumeric = { sourceTon: 5, sourceNpi: 0 };
const international = { sourceTon: 1, sourceNpi: 1 };

/** SMS by SMPP 3.4 over one bound session, kept alive and opened again when it breaks. */
export function smppProvider(options: SmppOptions): Provider<SmsContent> {
  let session: Promise<Session> | undefined;
  const bound = () => {
    session ??= bind(options, () => (session = undefined)).catch((error: unknown) => {
      session = undefined;
      throw error;
    });
    return session;
  };
  return {
    name: 'smpp',
    // The protocol has no idempotency key.
    idempotent: false,
    concurrency: options.window,
    async send({ id, to, text }, signal) {
      const open = await bound();
      const { dataCoding, parts } = segmentsOf(text, referenceOf(id));
      const ids: string[] = [];
      for (const part of parts) {
        const answer = await submit(open, signal, {
          source: options.source,
          ...(/^\+?\d+$/.test(options.source) ? international : alphanumeric),
          destination: to.replace(/^\+/, ''),
          destinationTon: 1,
          destinationNpi: 1,
          dataCoding,
          registeredDelivery: 1,
          userMessageReference: referenceOf(id),
          ...part,
        });
        if (answer.messageId !== undefined) ids.push(answer.messageId);
      }
      return { messageId: ids[0], partIds: ids };
    },
    async close() {
      const open = await session?.catch(() => undefined);
      open?.close();
    },
  };
}

async function bind(options: SmppOptions, onClosed: () => void): Promise<Session> {
  try {
    const session = await bindSession({
      ...options,
      as: options.bind,
      onDeliver: (delivered) => {
        const receipt = receiptOf(delivered);
        if (receipt) options.onReceipt?.(receipt);
      },
    });
    void session.closed.then(onClosed);
    return session;
  } catch (error) {
    if (!(error instanceof BindError)) throw error;
    throw new ProviderError('retry', error.message, { cause: 'unavailable', code: error.code });
  }
}

async function submit(session: Session, signal: AbortSignal, message: Submitted): Promise<Answer> {
  const answer = await Promise.race([session.submit(message), aborted(signal)]).catch((error: unknown) => {
    if (!(error instanceof SessionEnded)) throw error;
    throw new ProviderError(error.written ? 'unknown' : 'retry', error.message, { cause: 'unavailable' });
  });
  if (answer.status !== 0) throw refusal(answer);
  return answer;
}

const aborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    const late = () => reject(new ProviderError('unknown', 'no answer in time', { cause: 'unavailable' }));
    if (signal.aborted) late();
    signal.addEventListener('abort', late, { once: true });
  });

function refusal(answer: Answer): ProviderError {
  const [outcome, cause] = statuses[answer.status] ?? ['permanent', 'rejected'];
  return new ProviderError(outcome, 'the centre refused the message', {
    cause,
    code: statusName(answer.status),
    ...(cause === 'rate_limited' && { retryAfterMs: 1000, pause: true }),
  });
}

/** 16 bits that a message keeps over its attempts. */
function referenceOf(id: string): number {
  return createHash('sha256').update(id).digest().readUInt16BE(0);
}
