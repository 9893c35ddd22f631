import type { Operator } from '@portico/auth';
import { AppError } from '@portico/envelope';
import { defineRoute, publicAccess, type Access, type Route } from '@portico/service';
import { dialect } from '../../dialect.ts';
import { parseAccount } from '../accounts/account.ts';
import { emptySuccess } from '../answers.ts';
import type { Clock } from '../clock.ts';
import { channelRefusal } from './channel-state.ts';
import type { CodeSend } from './code-sends.model.ts';
import type { CodeSendStore } from './code-sends.store.ts';
import { channelsOutput, checkCodeBody, sendCodeBody } from './codes.schemas.ts';
import type { CodeService } from './codes.service.ts';

export function codeRoutes(codes: CodeService): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/auth/send_code',
      summary: '发送验证码',
      tag: '认证',
      access: publicAccess,
      body: sendCodeBody,
      output: emptySuccess,
      errors: [
        'invalid_params',
        'code_sent_too_often',
        'sms_out_of_credit',
        'sms_failed',
        'sms_unavailable',
        'mail_unavailable',
      ],
      handle: ({ body, context }) => codes.send(parseAccount(body), body.purpose, context),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/auth/check_code',
      summary: '校验验证码, 不消耗验证码',
      tag: '认证',
      access: publicAccess,
      body: checkCodeBody,
      output: emptySuccess,
      errors: ['invalid_params', 'invalid_code'],
      async handle({ body }) {
        const isRight = await codes.check(parseAccount(body), body.purpose, body.code);
        if (!isRight) throw new AppError('invalid_code');
      },
    }),
  ];
}

export interface ChannelRoutesOptions {
  operators: Access<Operator>;
  store: CodeSendStore;
  clock: Clock;
}

/** How many of a channel's last outcomes operators see. */
const shown = 20;
const codeChannels = ['sms', 'email'] as const;

/** Where operators see why codes are refused with 10011 to 10014. */
export function channelRoutes({ operators, store, clock }: ChannelRoutesOptions): Route[] {
  const documented = dialect();

  async function describe(channel: (typeof codeChannels)[number]) {
    const now = Date.now();
    const [outcomes, history, success] = await Promise.all([
      store.lastOutcomes(channel, 3),
      store.history(channel, shown),
      store.lastSuccess(channel),
    ]);
    const refusal = channelRefusal(channel, outcomes, now);
    const told = refusal && documented.failure(new AppError(refusal.error), '').body;
    return {
      channel,
      state: refusal ? 'closed' : 'open',
      code: told?.['code'] ?? null,
      message: told?.['message'] ?? null,
      cause: refusal?.cause ?? null,
      closed_until: refusal ? clock.format(new Date(now + refusal.waitMs)) : null,
      last_success_at: success ? clock.format(success.outcomeAt) : null,
      recent: history.map((send) => renderOutcome(send, clock)),
    };
  }

  return [
    defineRoute({
      method: 'GET',
      path: '/api/admin/channels',
      summary: '验证码通道状态: 短信与邮件服务最近的结果与拒绝原因',
      tag: '管理',
      access: operators,
      output: channelsOutput,
      errors: [],
      handle: async () => ({ data: await Promise.all(codeChannels.map(describe)) }),
    }),
  ];
}

function renderOutcome(send: Required<CodeSend>, clock: Clock) {
  return {
    hint: send.hint,
    purpose: send.purpose,
    status: send.status,
    cause: send.cause,
    reason: send.reason,
    provider: send.provider,
    provider_code: send.providerCode,
    at: clock.format(send.outcomeAt),
  };
}
