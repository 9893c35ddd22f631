import { passwordField } from '@portico/auth';
import { isOrdinary, lineField, linesField, momentField, wholeNumberField } from '@portico/service';
import { z } from 'zod';

/** A mail address: one person has one, however it is written. */
export const emailField = z.string().trim().toLowerCase().max(254).pipe(z.email('邮箱格式不正确'));

/** A title or a name. */
export const line = (max: number) => lineField(1, max);

/** What a person typed, on several lines perhaps. */
export const typed = (max: number) => linesField(1, max);

const orNull = (text: string | null) => text || null;

/** The same where nothing may be there: `null` and nothing clear it. */
export const lineOrNull = (max: number) => lineField(0, max).nullable().transform(orNull);
export const typedOrNull = (max: number) => linesField(0, max).nullable().transform(orNull);

/** Text of several paragraphs, kept as it is. */
export const longText = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => text.trim() !== '', '不能为空');

export const newPassword = passwordField({
  tooShort: '密码长度至少为8位',
  tooLong: '密码长度不能超过128位',
});

/** A password that is compared: of any length that is worth reading. */
export const givenPassword = z.string().min(1).max(1024);

export const codeField = z.string().regex(/^\d{6}$/, '验证码必须是6位数字');

export const httpUrlField = z
  .string()
  .trim()
  .max(2048)
  .pipe(z.url({ protocol: /^https?$/ }));

/** An update that changes nothing is a mistake (contract: other empty updates). */
export const notEmpty = (body: object) => Object.values(body).some((value) => value !== undefined);

const maxSkip = 1_000_000;

/** Which part of a list is wanted (document 003, 分页规范). */
export const pageQuery = (defaultLimit = 10, maxLimit = 100) => ({
  skip: wholeNumberField(0, maxSkip, `skip: 必须是 0 到 ${maxSkip} 的整数`).default(0),
  limit: wholeNumberField(1, maxLimit, `limit: 必须是 1 到 ${maxLimit} 的整数`).default(defaultLimit),
});

const day = z.iso
  .date()
  .transform((text) => new Date(`${text}T00:00:00Z`))
  .refine(isOrdinary);
const time = z.union([momentField(), day]);

/** Beyond the page, what operators search their lists by: a text, and when something was made. */
export const operatorQuery = {
  q: z.string().trim().max(200).optional(),
  created_from: time.optional(),
  created_to: time.optional(),
};

export interface OperatorFilter {
  q?: string | undefined;
  created_from?: Date | undefined;
  created_to?: Date | undefined;
}
