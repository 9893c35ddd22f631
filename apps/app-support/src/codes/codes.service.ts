import { randomUUID } from 'node:crypto';
import { keyedDigest, type Codes } from '@portico/auth';
import { AppError } from '@portico/envelope';
import type { Outbox } from '@portico/outbox';
import type { RequestContext } from '@portico/service';
import type { Account } from '../accounts/account.ts';
import { channelRefusal, recipientRefusal, type Refusal } from './channel-state.ts';
import type { CodeSendModel } from './code-sends.model.ts';
import type { CodeSendStore } from './code-sends.store.ts';

/** What codes are good for; the document knows the first. */
export const purposes = ['register', 'login', 'reset_password'] as const;
export type Purpose = (typeof purposes)[number];

export interface CodeServiceOptions {
  codes: Codes;
  model: CodeSendModel;
  store: CodeSendStore;
  outbox: Outbox;
  /** Key under which addresses are digested. */
  secret: string;
}

/** Outcomes that decide: as many as a provider must refuse in a row. */
const telling = 3;

/** Sends one-time codes and checks them. Nothing here depends on whether the account has a user. */
export function createCodeService({ codes, model, store, outbox, secret }: CodeServiceOptions) {
  const recipientOf = ({ address }: Account) =>
    keyedDigest(secret, 'code-recipient', address).toString('base64url');

  async function refuseClosed({ channel }: Account, recipient: string): Promise<void> {
    const now = Date.now();
    const [outcomes, own] = await Promise.all([
      store.lastOutcomes(channel, telling),
      store.lastOutcomeOf(recipient),
    ]);
    const refusal = channelRefusal(channel, outcomes, now) ?? recipientRefusal(channel, own, now);
    if (refusal) throw refused(refusal);
  }

  return {
    /**
     * @throws AppError `code_sent_too_often`; `sms_…` or `mail_unavailable` while the provider is known to fail
     */
    async send(account: Account, purpose: Purpose, context: RequestContext): Promise<void> {
      const recipient = recipientOf(account);
      await refuseClosed(account, recipient);
      const { code, expiresIn } = await codes.issue({ purpose, address: account.address });
      const entry = outbox.pending({
        channel: account.channel,
        to: account.address,
        template: 'verification-code',
        locale: 'zh',
        data: { code, minutes: expiresIn / 60, purpose },
        expiresAt: new Date(Date.now() + expiresIn * 1000),
        requestId: context.requestId,
      });
      const _id = randomUUID();
      const hint = hintOf(account.address);
      await store.create({ _id, channel: account.channel, recipient, hint, purpose, outbox: [entry] });
      outbox.relay(model, _id, [entry]);
    },
    check: ({ address }: Account, purpose: Purpose, code: string) => codes.check({ purpose, address }, code),
    /** @throws AppError `invalid_code`; of concurrent submissions one passes */
    async consume({ address }: Account, purpose: Purpose, code: string): Promise<void> {
      if (!(await codes.consume({ purpose, address }, code))) throw new AppError('invalid_code');
    },
  };
}

export type CodeService = ReturnType<typeof createCodeService>;

function refused({ error, waitMs }: Refusal): AppError {
  return new AppError(error, { retryAfter: Math.max(1, Math.ceil(waitMs / 1000)) });
}

/** Enough for an operator to recognise an address that its owner names, too little to write to. */
export function hintOf(address: string): string {
  const at = address.indexOf('@');
  if (at >= 0) return `${address.slice(0, 1)}***${address.slice(at)}`;
  return `${address.slice(0, 3)}${'*'.repeat(address.length - 7)}${address.slice(-4)}`;
}
