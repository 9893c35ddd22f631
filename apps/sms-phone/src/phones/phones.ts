import { containsText } from '@portico/mongo';
import { parsePhoneNumber } from '@portico/phone';

/** What numbers are inside this service, and how its answers write them. */
export interface Phones {
  /** A number in E.164; what is none, such as a short code or a name, stays what it is. */
  canonical(text: string): string;
  /** The same of a number that receives messages; undefined for everything else. */
  receiver(text: string): string | undefined;
  /** The same of who sent a message: service numbers stay as networks write them, without the country. */
  sender(text: string): string;
  /** What a search for a number, or a part of one, looks for. */
  searched(text: string): string | RegExp;
}

/** Numbers of services in China: they have no country and no subscriber. */
const serviceCode = /^(?:(?:\+|00)?86)?(10\d{2,18}|12\d{3}|9[56]\d{3,12})$/;
const separators = /[\s().-]/g;

/** @param region where numbers without a country belong, such as `CN` */
export function createPhones(region: string): Phones {
  const parse = (text: string) => parsePhoneNumber(text, { region });
  return {
    canonical: (text) => parse(text)?.e164 ?? text.trim(),
    receiver(text) {
      const phone = parse(text);
      return phone?.takesSms ? phone.e164 : undefined;
    },
    sender(text) {
      const trimmed = text.trim();
      const service = region === 'CN' ? serviceCode.exec(trimmed)?.[1] : undefined;
      return service ?? parse(trimmed)?.e164 ?? trimmed;
    },
    searched(text) {
      const phone = parse(text);
      if (phone) return phone.e164;
      const digits = text
        .normalize('NFKC')
        .replace(separators, '')
        .replace(/^\+?0+/, '');
      return containsText(/^\+?\d+$/.test(digits) ? digits : text);
    },
  };
}

/** A number as document 002 writes it: `13812345678` for a Chinese mobile, others in E.164. */
export const shownPhone = (canonical: string): string => /^\+86(1\d{10})$/.exec(canonical)?.[1] ?? canonical;
