import type { Cause } from '@portico/queue';
import { exchange, statusError } from '../http-exchange.ts';
import { ProviderError, type Outcome, type Provider, type SmsContent } from '../provider.ts';

export interface TwilioOptions {
  url: string;
  accountSid: string;
  authToken: string;
  /** A number, or the sid of a messaging service (`MG…`). */
  from: string;
}

interface TwilioAnswer {
  sid?: string;
  code?: number;
  message?: string;
}

/** https://www.twilio.com/docs/api/errors */
const codes: Record<number, [Outcome, Cause]> = {
  20003: ['retry', 'unavailable'], // authentication
  20005: ['permanent', 'out_of_credit'], // account suspended
  21211: ['permanent', 'invalid_recipient'],
  21408: ['permanent', 'rejected'], // region not enabled
  21610: ['permanent', 'invalid_recipient'], // unsubscribed
  21611: ['retry', 'rate_limited'], // queue of the sender is full
  21612: ['permanent', 'invalid_recipient'],
  21614: ['permanent', 'invalid_recipient'], // not a mobile number
  30002: ['permanent', 'out_of_credit'], // account suspended
};

/** SMS by Twilio's Messages resource. */
export function twilioProvider(options: TwilioOptions): Provider<SmsContent> {
  const url = `${options.url}/2010-04-01/Accounts/${encodeURIComponent(options.accountSid)}/Messages.json`;
  const credentials = Buffer.from(`${options.accountSid}:${options.authToken}`).toString('base64');
  const sender = options.from.startsWith('MG') ? 'MessagingServiceSid' : 'From';
  return {
    name: 'twilio',
    idempotent: false,
    concurrency: 50,
    async send({ id, to, text }, signal) {
      const answer = await exchange(url, {
        method: 'POST',
        headers: {
          Authorization: `Basic ${credentials}`,
          'Content-Type': 'application/x-www-form-urlencoded',
          'Idempotency-Key': id,
        },
        body: new URLSearchParams({ To: to, [sender]: options.from, Body: text }).toString(),
        signal,
      });
      const body = (answer.body ?? {}) as TwilioAnswer;
      if (answer.status === 201 || answer.status === 200) return { messageId: body.sid };
      const reason = body.message ?? `Twilio answered ${answer.status}`;
      const known = body.code === undefined ? undefined : codes[body.code];
      if (!known) throw statusError(answer, reason, body.code === undefined ? undefined : String(body.code));
      throw new ProviderError(known[0], reason, { cause: known[1], code: String(body.code) });
    },
  };
}
