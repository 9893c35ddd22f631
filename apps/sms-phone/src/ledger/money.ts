import { z } from 'zod';

/** Money is counted in its smallest unit, 分, and shown as a number with at most two decimals (contract: money). */
export const toMoney = (cents: number): number => cents / 100;

const maxAmount = 1_000_000;
const message = `amount 必须是大于 0、不超过 ${maxAmount} 且最多两位小数的数`;

/** An amount from a query or a body, in 分. Read as text: 0.29 * 100 is not 29 in floating point. */
export const amountField = z
  .union([z.number(), z.string()], { error: message })
  .transform((given) => String(given).trim())
  .pipe(z.string().regex(/^\d{1,7}(\.\d{1,2})?$/, message))
  .transform((text) => {
    const [units = '0', decimals = ''] = text.split('.');
    return Number(units) * 100 + Number(decimals.padEnd(2, '0'));
  })
  .refine((cents) => cents > 0 && cents <= maxAmount * 100, message);
