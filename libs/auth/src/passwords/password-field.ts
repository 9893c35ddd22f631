import { z } from 'zod';

/** Bounds of a password, in characters as people count them (contract: passwords). */
export const passwordLength = { min: 8, max: 128 };

export interface PasswordWording {
  tooShort: string;
  tooLong: string;
}

/**
 * A new password in a request: 8 to 128 characters, neither trimmed nor otherwise restricted. Characters are code
 * points of the normal form that is hashed, so that an emoji or a Chinese character counts as one.
 */
export function passwordField({ tooShort, tooLong }: PasswordWording) {
  return z
    .string()
    .refine((password) => characters(password) >= passwordLength.min, tooShort)
    .refine((password) => characters(password) <= passwordLength.max, tooLong)
    .meta({ minLength: passwordLength.min, maxLength: passwordLength.max });
}

function characters(text: string): number {
  return [...text.normalize('NFC')].length;
}
