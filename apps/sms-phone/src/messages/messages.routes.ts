import type { Operator } from '@portico/auth';
import { alreadySent, defineRoute, type Access, type Route } from '@portico/service';
import { z } from 'zod';
import { pageOf, pageQuery, pageRequest, renderPage, timeText } from '../answers.ts';
import { phoneField, projectIdField, searchedPhoneField, waitField } from '../fields.ts';
import { shownPhone, type Phones } from '../phones/phones.ts';
import type { Caller } from '../users/users.model.ts';
import type { MessageRecord } from './messages.model.ts';
import type { MessageService } from './messages.service.ts';
import type { MessageStore } from './messages.store.ts';
import { verificationCode } from '../codes/verification-code.ts';

export interface MessageRoutesOptions {
  service: MessageService;
  store: MessageStore;
  users: Access<Caller>;
  operators: Access<Operator>;
  phones: Phones;
}

const sms = z.object({ text: z.string(), from: z.string(), received_at: timeText });

const codeOutput = z.object({
  message: z.literal('获取验证码成功'),
  code: z.literal(0),
  data: z.string(),
  verification_code: z.string().nullable(),
  received_at: timeText,
  sms: z.array(sms),
});

const messageOutput = z.object({
  id: z.string(),
  provider: z.string(),
  to: z.string(),
  from: z.string(),
  text: z.string(),
  status: z.string(),
  lease_id: z.string().nullable(),
  reason: z.string().nullable(),
  received_at: timeText,
});

/** Seconds after which to ask again (contract: get_sms_code). */
const askAgain = 3;

export function messageRoutes({ service, store, users, operators, phones }: MessageRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/get_sms_code',
      unsafeGet: true,
      summary: '获取短信验证码; 尚未收到时 code 为 1',
      tag: '短信',
      access: users,
      query: z.object({ project_id: projectIdField, phone: phoneField(phones), wait: waitField }),
      output: codeOutput,
      errors: ['unauthenticated', 'invalid_params', 'not_found', 'rate_limited'],
      async handle({ caller, query, context }) {
        const messages = await service.messagesFor({
          user: caller,
          projectId: query.project_id,
          phone: query.phone,
          waitSeconds: query.wait,
          signal: context.signal,
        });
        const last = messages.at(-1);
        if (!last) {
          const body = JSON.stringify({ message: '暂未收到短信', code: 1, data: null });
          context.header('Retry-After', String(askAgain));
          context.header('Content-Type', 'application/json; charset=utf-8');
          context.response.end(body);
          return alreadySent;
        }
        return {
          message: '获取验证码成功',
          data: last.text,
          verification_code: verificationCode(last.text),
          received_at: last.receivedAt,
          sms: messages.map(({ text, from, receivedAt }) => ({
            text,
            from: shownPhone(from),
            received_at: receivedAt,
          })),
        };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/admin/messages',
      summary: '收到的短信, 最近的在前',
      tag: '管理',
      access: operators,
      query: z.object({
        unmatched: z.stringbool().optional(),
        phone: searchedPhoneField(phones),
        ...pageQuery,
      }),
      output: pageOf(messageOutput),
      errors: ['invalid_params'],
      handle: async ({ query }) =>
        renderPage(await store.list(query, pageRequest(query)), query, renderMessage),
    }),
  ];
}

const renderMessage = (message: MessageRecord) => ({
  id: message._id,
  provider: message.provider,
  to: shownPhone(message.to),
  from: shownPhone(message.from),
  text: message.text,
  status: message.state,
  lease_id: message.leaseId,
  reason: message.reason,
  received_at: message.receivedAt,
});
