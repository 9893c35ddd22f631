import { isUtf8 } from 'node:buffer';

/** GSM 7-bit default alphabet, one septet in each byte (3GPP TS 23.038, 6.2.1). */
const gsm =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
/** Its extension, behind an escape. */
const extension: Record<number, string> = {
  0x0a: '\f',
  0x14: '^',
  0x28: '{',
  0x29: '}',
  0x2f: '\\',
  0x3c: '[',
  0x3d: '~',
  0x3e: ']',
  0x40: '|',
  0x65: '€',
};
const escape = 0x1b;

export type Alphabet =
  | 'gsm'
  | 'ascii'
  | 'latin1'
  | 'ucs2'
  | 'binary'
  | 'iso-8859-5'
  | 'iso-8859-8'
  | 'shift_jis'
  | 'iso-2022-jp'
  | 'euc-jp'
  | 'euc-kr';

/** SMPP 3.4, 5.2.19, below 0x10. */
const plain: Record<number, Alphabet> = {
  0x01: 'ascii',
  0x02: 'binary',
  0x03: 'latin1',
  0x04: 'binary',
  0x05: 'shift_jis',
  0x06: 'iso-8859-5',
  0x07: 'iso-8859-8',
  0x08: 'ucs2',
  0x09: 'shift_jis',
  0x0a: 'iso-2022-jp',
  0x0d: 'euc-jp',
  0x0e: 'euc-kr',
};
const byBits: readonly Alphabet[] = ['gsm', 'binary', 'ucs2', 'gsm'];

/** The alphabet of a `data_coding`: SMPP's own values, and the coding groups of the air (3GPP TS 23.038, 4). */
export function alphabetOf(dataCoding: number): Alphabet {
  if (dataCoding < 0x10) return plain[dataCoding] ?? 'gsm';
  // General groups, with a message class or to be deleted: bits 3 and 2 name the alphabet.
  if (dataCoding < 0x80) return byBits[(dataCoding >> 2) & 0b11] ?? 'gsm';
  // Voice mail is waiting, in UCS-2.
  if (dataCoding >= 0xe0 && dataCoding <= 0xef) return 'ucs2';
  // Message classes: bit 2 says whether it is binary.
  if (dataCoding >= 0xf0) return (dataCoding & 0b100) === 0 ? 'gsm' : 'binary';
  return 'gsm';
}

/** Decodes bytes that belong together, once: neither an escape nor a character may lie between two texts. */
export function decodeText(bytes: Buffer, dataCoding: number): string {
  const alphabet = alphabetOf(dataCoding);
  switch (alphabet) {
    case 'gsm':
      return decodeGsm(bytes);
    case 'ascii':
    case 'latin1':
      return bytes.toString('latin1');
    case 'ucs2':
      return decodeUcs2(bytes);
    // Of an alphabet that is not said: texts are UTF-8 if they can be.
    case 'binary':
      return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1');
    default:
      return new TextDecoder(alphabet).decode(bytes);
  }
}

function decodeGsm(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    const next = bytes[at + 1];
    if (byte === escape && next !== undefined) {
      text += extension[next] ?? gsm[next] ?? ' ';
      at += 1;
    } else if (byte !== escape) {
      text += gsm[byte] ?? String.fromCharCode(byte);
    }
  }
  return text;
}

/** Big-endian, unless a byte order mark says otherwise; surrogate pairs too, as telephones send them. */
function decodeUcs2(bytes: Buffer): string {
  const isLittle = bytes[0] === 0xff && bytes[1] === 0xfe;
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 2));
  return new TextDecoder(isLittle ? 'utf-16le' : 'utf-16be').decode(whole);
}
