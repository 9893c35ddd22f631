import { wholeNumberField } from '@portico/service';
import { z } from 'zod';
import { commonMembers, pageOf, pageQuery, success, timeText } from '../answers.ts';
import { givenPassword, newPassword } from '../auth/auth.schemas.ts';
import { flexibleBoolean, idField, line } from '../fields.ts';

/** Document 004, personal info. */
export const personalInfo = z.object({
  ...commonMembers,
  area: z.string(),
  phone: z.string(),
  email: z.string(),
  openid: z.string().length(40),
  role: z.int(),
  username: z.string(),
  is_active: z.boolean(),
  nickname: z.string(),
  avatar: z.string(),
  gender: z.int(),
  birthday: z.string(),
  address: z.string(),
});
export const personalInfoOutput = success(personalInfo);

/** A relative address, or one that a browser fetches as a picture: nothing that it would execute. */
const avatar = line(2048).regex(/^(https?:\/\/\S*|(?![a-z][a-z0-9+.-]*:)\S*)$/i, 'avatar 必须是图片地址');

const birthday = z
  .union([z.literal(''), z.iso.date('birthday 必须是日期, 如 1991-03-08')])
  .refine((date) => date === '' || date >= '1900-01-01', 'birthday 不是有效的日期')
  // A day ahead: it is tomorrow already in the east.
  .refine((date) => date === '' || Date.parse(date) < Date.now() + 86_400_000, 'birthday 不能是未来的日期');

/** Members that are missing keep what they are. */
export const profileBody = z.object({
  nickname: line(64).optional(),
  avatar: avatar.optional(),
  gender: wholeNumberField(0, 2, 'gender 必须是 0, 1 或 2').optional(),
  birthday: birthday.optional(),
  address: line(255).optional(),
});

export const changePasswordBody = z.object({ old_password: givenPassword, new_password: newPassword });
export const deleteAccountBody = z.object({ password: givenPassword });

export const sessionParams = z.object({ session_id: z.string().max(64) });
export const sessionsOutput = success(
  z.object({
    data: z.array(
      z.object({
        id: z.string(),
        current: z.boolean(),
        ip: z.string().nullable(),
        user_agent: z.string().nullable(),
        created_at: timeText,
        last_used_at: timeText,
        expires_at: timeText,
      }),
    ),
  }),
);

export const usersQuery = z.object({ ...pageQuery, search: line(100).default('') });
export const usersOutput = pageOf(personalInfo);
export const userParams = z.object({ id: idField('id') });
export const userBody = z.object({ is_active: flexibleBoolean('is_active') });
