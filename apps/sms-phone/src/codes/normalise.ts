/** Longer texts are cut: no message with a code is that long, and the work per text stays bounded. */
const maxRead = 2000;

/** Where the ten digits of a script begin: Arabic, Persian, Devanagari, Bengali, Thai, full-width, mathematical. */
const zeros = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0xff10, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6];
const foreignDigit =
  /[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0e50-\u0e59\u{1d7ce}-\u{1d7ff}]/gu;
/** Full-width letters, digits and punctuation, but for the comma: it separates, where the ASCII one groups digits. */
const fullWidth = /[\uff01-\uff0b\uff0d-\uff5e]/g;
const invisible = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const blanks = /[\u00a0\u2000-\u200a\u202f\u205f\u3000\t]/g;
const dashes = /[\u2010-\u2013\u2212\ufe63]/g;

const digitOf = (character: string): string => {
  const point = character.codePointAt(0) ?? 0;
  const zero = zeros.find((start) => point >= start && point < start + 10);
  return zero === undefined ? character : String(point - zero);
};

/** Writes digits, letters, blanks and dashes of all scripts in one way, and drops what cannot be seen. */
export const normalise = (text: string): string =>
  text
    .slice(0, maxRead)
    .normalize('NFC')
    .replace(invisible, '')
    .replace(fullWidth, (character) => String.fromCharCode(character.charCodeAt(0) - 0xfee0))
    .replace(foreignDigit, digitOf)
    // The only letter that grows when it is made small: places would move.
    .replaceAll('İ', 'I')
    .replace(blanks, ' ')
    .replace(dashes, '-');
