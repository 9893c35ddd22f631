import { passwordField } from '@portico/auth';
import { wholeNumberField } from '@portico/service';
import { z } from 'zod';
import type { Phones } from './phones/phones.ts';

export const newPassword = passwordField({
  tooShort: '密码长度至少为8位',
  tooLong: '密码长度不能超过128位',
});

/** A secret that is compared: of any length that is worth reading. */
export const givenSecret = z.string().min(1).max(1024);

/** Names of users: one name, however it is written. */
export const usernameField = z
  .string()
  .trim()
  .regex(/^[\p{L}\p{N}_.@-]{3,32}$/u, 'username 必须是 3 到 32 个字母、数字或 _ . @ -');

export const emailField = z.string().trim().toLowerCase().max(254).pipe(z.email('email 格式不正确'));

/** A phone number as a person writes it: digits in groups, perhaps with a country; full-width ones too. */
export const phoneText = (message: string) =>
  z
    .string()
    .max(40, message)
    .regex(/^[\s+＋()./\-\u2010-\u2015\u200b\d０-９]+$/, message)
    .refine((text) => (text.match(/[\d０-９]/g)?.length ?? 0) >= 5, message);

/** Document 002 writes it as a number. */
export const projectIdField = z
  .union([z.string(), z.int()])
  .transform(String)
  .pipe(
    z
      .string()
      .trim()
      .regex(/^[\w-]{1,64}$/, 'project_id 必须是 1 到 64 个字母、数字、_ 或 -'),
  );

/** A phone in any of its spellings, as the number that it is inside. */
export const phoneField = (phones: Pick<Phones, 'canonical'>) =>
  phoneText('phone 必须是 5 到 15 位数字').transform((text) => phones.canonical(text));

/** A phone that is looked for, or a part of one. */
export const searchedPhoneField = (phones: Pick<Phones, 'searched'>) =>
  z
    .string()
    .trim()
    .max(40)
    .transform((text) => (text === '' ? undefined : phones.searched(text)))
    .optional();

export const waitField = wholeNumberField(0, 30, 'wait 必须是 0 到 30 的整数').default(0);

const whole = (name: string, max: number) => wholeNumberField(0, max, `${name} 必须是 0 到 ${max} 的整数`);

/** 0 any, 1 移动, 2 联通, 3 电信 (contract: get_phone). */
export const carrierField = whole('carrier_type', 3);
/** 0 any, 1 normal, 2 virtual. */
export const numberTypeField = whole('number_type', 2);
