import {
  isSupportedCountry,
  parsePhoneNumberFromString,
  type CountryCode,
  type NumberType,
} from 'libphonenumber-js/max';

/** A number that exists by its country's numbering plan. */
export interface PhoneNumber {
  /** The one spelling of it: `+8613812345678` (ITU-T E.164). */
  e164: string;
  /** `86` */
  callingCode: string;
  /** Without the calling code: `13812345678`. */
  national: string;
  /** Whether it may receive text messages: not a landline, nor a service number. */
  takesSms: boolean;
}

/** Where numbers without a calling code belong: a region such as `CN`, or a calling code. */
export type Home = { region: string } | { callingCode: string };

/** Whether numbers of a region are known, by its two letters (ISO 3166-1). */
export const isRegion = (text: string): boolean => isSupportedCountry(text);

const written = /^\+?\d{4,17}$/;
/** What people and systems put between digits: blanks, dashes, dots, brackets, and marks that cannot be seen. */
const between = /[\s().\-\u2010-\u2015\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
/** Prefixes of mobiles are given out faster than a list of them is renewed. */
const chineseMobile = /^(?:\+?(?:86)?0?|0)(1[3-9]\d{9})$/;
const smsTypes: ReadonlySet<NumberType> = new Set([
  'MOBILE',
  'FIXED_LINE_OR_MOBILE',
  'PERSONAL_NUMBER',
  'VOIP',
]);

/**
 * Reads a phone number in any of its spellings: with a country, with `+`, `00` or `+00`, with a trunk prefix, grouped.
 * Undefined where no country has such a number, and for short codes and names.
 *
 * @example
 * parsePhoneNumber('0086 137 0000 1028', { region: 'CN' })?.e164 // '+8613700001028'
 */
export function parsePhoneNumber(text: string, home: Home): PhoneNumber | undefined {
  const digits = text
    .normalize('NFKC')
    .replace(between, '')
    .replace(/^\+?00/, '+');
  if (!written.test(digits)) return undefined;
  const isChinese = 'region' in home ? home.region === 'CN' : home.callingCode === '86';
  const mobile = isChinese || /^\+?86/.test(digits) ? chineseMobile.exec(digits)?.[1] : undefined;
  if (mobile) return { e164: `+86${mobile}`, callingCode: '86', national: mobile, takesSms: true };
  // Without `+` the country may be written all the same.
  return parsed(digits, home) ?? (digits.startsWith('+') ? undefined : parsed(`+${digits}`, home));
}

function parsed(digits: string, home: Home): PhoneNumber | undefined {
  const options =
    'region' in home
      ? { defaultCountry: home.region as CountryCode, extract: false }
      : { defaultCallingCode: home.callingCode, extract: false };
  const phone = tryParse(digits, options);
  if (!phone?.isValid()) return undefined;
  return {
    e164: phone.number,
    callingCode: phone.countryCallingCode,
    national: phone.nationalNumber,
    takesSms: smsTypes.has(phone.getType()),
  };
}

function tryParse(digits: string, options: Parameters<typeof parsePhoneNumberFromString>[1] & object) {
  try {
    return parsePhoneNumberFromString(digits, options);
  } catch {
    // Thrown for a calling code that no country has.
    return undefined;
  }
}
