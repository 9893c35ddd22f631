import { invalidField } from '@portico/envelope';
import { parsePhoneNumber } from '@portico/phone';
import { z } from 'zod';

/** Who somebody says to be: a mail address or a phone (contract: app-support, `area`, `account`). */
export interface Account {
  channel: 'email' | 'sms';
  /** Mail in small letters, or a phone in E.164: what is unique, what codes are bound to and sent to. */
  address: string;
  /** Country calling code without `+`; 86 also for mail, as users have one in any case. */
  area: string;
  /** Without the calling code; empty for mail. */
  phone: string;
  /** Empty for a phone. */
  email: string;
}

const defaultArea = '86';
const mailSchema = z.email().max(254);

/** Members of every request that names an account. */
export const accountMembers = {
  area: z
    .string()
    .trim()
    .regex(/^(\+?\d{1,4})?$/, 'area 必须是手机区号, 如 86')
    .optional(),
  account: z.string().trim().min(1, 'account 不能为空').max(254, 'account 过长'),
};

export interface AccountInput {
  area?: string | undefined;
  account: string;
}

/** @throws AppError `invalid_params` where it is neither a mail address nor a phone number */
export function parseAccount({ area, account }: AccountInput): Account {
  const callingCode = area?.replace(/^\+|^00/, '') || defaultArea;
  return account.includes('@') ? mailAccount(account, callingCode) : phoneAccount(account, callingCode, area);
}

function mailAccount(account: string, area: string): Account {
  const address = account.normalize('NFC').toLowerCase();
  if (!mailSchema.safeParse(address).success) throw invalidField('account', 'account 不是有效的邮箱');
  return { channel: 'email', address, area, phone: '', email: address };
}

function phoneAccount(account: string, callingCode: string, area: string | undefined): Account {
  const phone = parsePhoneNumber(account, { callingCode });
  const contradicts = area && phone?.callingCode !== callingCode;
  if (!phone?.takesSms || contradicts) throw invalidField('account', 'account 不是有效的手机号');
  return { channel: 'sms', address: phone.e164, area: phone.callingCode, phone: phone.national, email: '' };
}
