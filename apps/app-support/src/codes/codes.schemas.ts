import { z } from 'zod';
import { accountMembers } from '../accounts/account.ts';
import { success, timeText } from '../answers.ts';
import { purposes } from './codes.service.ts';

/** What a submitted code may look like; whether it is right is another matter. */
export const codeMember = z.string().trim().min(1, 'code 不能为空').max(16, 'code 过长');

/** The document has one purpose; the others are named. */
const purpose = z.enum(purposes).default('register');

export const sendCodeBody = z.object({ ...accountMembers, purpose });
export const checkCodeBody = z.object({ ...accountMembers, code: codeMember, purpose });

const outcome = z.object({
  hint: z.string(),
  purpose: z.string(),
  status: z.string(),
  cause: z.string().nullable(),
  reason: z.string().nullable(),
  provider: z.string().nullable(),
  provider_code: z.string().nullable(),
  at: timeText,
});

export const channelsOutput = success(
  z.object({
    data: z.array(
      z.object({
        channel: z.enum(['sms', 'email']),
        /** `closed`: codes are refused with `code` until `closed_until`. */
        state: z.enum(['open', 'closed']),
        code: z.int().nullable(),
        message: z.string().nullable(),
        cause: z.string().nullable(),
        closed_until: timeText.nullable(),
        last_success_at: timeText.nullable(),
        recent: z.array(outcome),
      }),
    ),
  }),
);
