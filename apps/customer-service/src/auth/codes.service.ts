import { randomUUID } from 'node:crypto';
import type { Codes } from '@portico/auth';
import { AppError } from '@portico/envelope';
import type { Outbox } from '@portico/outbox';
import type { RequestContext } from '@portico/service';
import type { CodeMailModel } from './code-mails.model.ts';

/** What codes are good for. */
export type Purpose = 'register' | 'reset_password';

export interface CodeServiceOptions {
  codes: Codes;
  model: CodeMailModel;
  outbox: Outbox;
}

/** Sends one-time codes by mail, and takes them. */
export function createCodeService({ codes, model, outbox }: CodeServiceOptions) {
  return {
    /**
     * @param deliver false where nobody is to get the mail; everything else is as if somebody did
     * @throws AppError `code_sent_too_often`
     */
    async send(email: string, purpose: Purpose, context: RequestContext, deliver = true): Promise<void> {
      const { code, expiresIn } = await issue(email, purpose);
      if (!deliver) return;
      const minutes = expiresIn / 60;
      const wording =
        purpose === 'register'
          ? { template: 'verification-code' as const, data: { code, minutes, purpose } }
          : { template: 'password-reset' as const, data: { code, minutes } };
      const entry = outbox.pending({
        channel: 'email',
        to: email,
        locale: 'zh',
        ...wording,
        expiresAt: new Date(Date.now() + expiresIn * 1000),
        requestId: context.requestId,
      });
      const _id = randomUUID();
      await model.create({ _id, purpose, createdAt: new Date(), outbox: [entry] });
      outbox.relay(model, _id, [entry]);
    },
    /** @throws AppError `invalid_code`; of concurrent submissions one passes */
    async consume(email: string, purpose: Purpose, code: string): Promise<void> {
      if (!(await codes.consume({ purpose, address: email }, code)))
        throw new AppError('invalid_code', { message: '验证码无效或已过期' });
    },
  };

  async function issue(email: string, purpose: Purpose) {
    try {
      return await codes.issue({ purpose, address: email });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'code_sent_too_often') throw error;
      const { retryAfter } = error;
      throw new AppError('code_sent_too_often', {
        message: '验证码发送过于频繁，请稍后再试',
        ...(retryAfter !== undefined && { retryAfter }),
      });
    }
  }
}

export type CodeService = ReturnType<typeof createCodeService>;
