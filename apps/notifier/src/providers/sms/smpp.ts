import { createHash } from 'node:crypto';
import type { Cause } from '@portico/queue';
import { BindError, bindSession, segmentsOf, statusName, type Pdu, type Session } from '@portico/smpp';
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
const alphanumeric = { source_addr_ton: 5, source_addr_npi: 0 };
const international = { source_addr_ton: 1, source_addr_npi: 1 };

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
      let messageId: string | undefined;
      for (const { udh, message } of parts) {
        const answer = await submit(open, signal, {
          source_addr: options.source,
          ...(/^\+?\d+$/.test(options.source) ? international : alphanumeric),
          destination_addr: to.replace(/^\+/, ''),
          dest_addr_ton: 1,
          dest_addr_npi: 1,
          data_coding: dataCoding,
          registered_delivery: 1,
          user_message_reference: referenceOf(id),
          short_message: udh ? { udh, message } : message,
        });
        messageId ??= answer.message_id;
      }
      return { messageId };
    },
    async close() {
      const open = await session?.catch(() => undefined);
      open?.unbind();
      open?.close();
    },
  };
}

async function bind(options: SmppOptions, onClosed: () => void): Promise<Session> {
  try {
    const session = await bindSession({
      ...options,
      as: options.bind,
      onDeliver: (pdu, from) => {
        const receipt = receiptOf(pdu);
        if (receipt) options.onReceipt?.(receipt);
        from.send(pdu.response());
      },
    });
    session.once('close', onClosed);
    return session;
  } catch (error) {
    if (!(error instanceof BindError)) throw error;
    throw new ProviderError('retry', error.message, { cause: 'unavailable', code: error.code });
  }
}

function submit(session: Session, signal: AbortSignal, fields: object): Promise<Pdu> {
  return new Promise((resolve, reject) => {
    const unknown = (reason: string) => new ProviderError('unknown', reason, { cause: 'unavailable' });
    const closed = () => settle(() => reject(unknown('the connection broke before the answer')));
    const late = () => settle(() => reject(unknown('no answer in time')));
    const settle = (done: () => void) => {
      session.off('close', closed);
      signal.removeEventListener('abort', late);
      done();
    };
    session.setMaxListeners(0);
    session.once('close', closed);
    signal.addEventListener('abort', late, { once: true });
    const written = session.submit_sm(fields, (answer) =>
      settle(() => (answer.command_status === 0 ? resolve(answer) : reject(refusal(answer)))),
    );
    if (!written) {
      settle(() => reject(new ProviderError('retry', 'the connection is closed', { cause: 'unavailable' })));
    }
  });
}

function refusal(answer: Pdu): ProviderError {
  const [outcome, cause] = statuses[answer.command_status] ?? ['permanent', 'rejected'];
  return new ProviderError(outcome, 'the centre refused the message', {
    cause,
    code: statusName(answer.command_status),
    ...(cause === 'rate_limited' && { retryAfterMs: 1000, pause: true }),
  });
}

/** SMPP 3.4, appendix B: `id:… sub:… dlvrd:… submit date:… done date:… stat:DELIVRD err:000 text:…`. */
function receiptOf(pdu: Pdu): DeliveryReceipt | undefined {
  if (((pdu.esm_class ?? 0) & 0x3c) !== 0x04) return undefined;
  const body = pdu.short_message;
  const inner = typeof body === 'object' && !Buffer.isBuffer(body) ? body.message : body;
  const text = String(inner ?? '');
  const messageId = pdu.receipted_message_id ?? /\bid:(\S+)/.exec(text)?.[1];
  const state = /\bstat:(\S+)/.exec(text)?.[1];
  if (!messageId || !state) return undefined;
  return { messageId, state, code: /\berr:(\S+)/.exec(text)?.[1] };
}

/** 16 bits that a message keeps over its attempts. */
function referenceOf(id: string): number {
  return createHash('sha256').update(id).digest().readUInt16BE(0);
}
