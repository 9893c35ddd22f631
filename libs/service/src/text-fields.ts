import { z } from 'zod';
import { fieldName } from './validation.ts';

/** Scripts in which a joiner or a non-joiner between letters changes what is written, as in Persian and Hindi. */
const joining = [
  ...['Arabic', 'Syriac', 'Mongolian', 'Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya', 'Tamil'],
  ...['Telugu', 'Kannada', 'Malayalam', 'Sinhala', 'Khmer', 'Myanmar'],
]
  .map((script) => `\\p{Script=${script}}`)
  .join('');

/** Invisible characters that belong to what is seen: of flags, of emoji and ideographs, and of joining scripts. */
const meant = [
  '\u{1F3F4}[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]{1,6}\u{E007F}',
  '(?<=[^\\p{DI}\\p{C}\\p{Z}])[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]',
  '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\uFE0F])\u200D(?=\\p{Extended_Pictographic})',
  `(?<=[${joining}])[\u200C\u200D](?=[${joining}])`,
].join('|');

/** Bidirectional controls, zero-width characters, fillers: with them two names look alike, or one like another. */
const invisible = new RegExp(`(${meant})|[\\p{DI}\u2800\uFFF9-\uFFFB]`, 'gu');

/** A text without the characters that nobody can see. */
export const visibleText = (text: string): string =>
  text.replace(invisible, (_, kept: string | undefined) => kept ?? '');

const controls = /\p{Cc}|[\u2028\u2029]/u;
const controlsBesideBreaks = /(?![\t\n\r])\p{Cc}/u;

const text = (min: number, max: number, refused: RegExp) =>
  z
    .string()
    .overwrite(visibleText)
    .trim()
    .min(min)
    .max(max)
    .refine((given) => !refused.test(given), {
      error: ({ path }) => `${fieldName(path)}: 不能包含控制字符`,
    });

/**
 * A title or a name, of `min` to `max` characters on one line: invisible characters are taken out, blanks around it
 * as well, and control characters are refused.
 */
export const lineField = (min: number, max: number) => text(min, max, controls);

/** The same on several lines: a description, a reason. */
export const linesField = (min: number, max: number) => text(min, max, controlsBesideBreaks);
