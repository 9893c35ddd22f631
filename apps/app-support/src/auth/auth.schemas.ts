import { passwordField } from '@portico/auth';
import { z } from 'zod';
import { accountMembers } from '../accounts/account.ts';
import { success, timeText } from '../answers.ts';
import { codeMember } from '../codes/codes.schemas.ts';

export const newPassword = passwordField({
  tooShort: 'password 至少 8 个字符',
  tooLong: 'password 最多 128 个字符',
});
/** A password that is compared only: whatever it is, it is right or wrong. */
export const givenPassword = z.string().min(1, 'password 不能为空').max(1024, 'password 过长');

export const registerBody = z.object({ ...accountMembers, code: codeMember, password: newPassword });
export const loginBody = z.object({ ...accountMembers, password: givenPassword });
export const codeLoginBody = z.object({ ...accountMembers, code: codeMember });
export const resetPasswordBody = registerBody;
export const refreshBody = z.object({
  refresh_token: z.string().trim().min(1, 'refresh_token 不能为空').max(200),
});

/** Document 004: what register, access_token and refresh_token answer. */
export const tokensOutput = success(
  z.object({
    access_token: z.string().length(50),
    refresh_token: z.string().length(50),
    expires_at: timeText,
    expires_in: z.int(),
  }),
);
