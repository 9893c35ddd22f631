import smpp from 'smpp';

/** A text as the parts that go over the air, each with its header when there is more than one. */
export interface Segments {
  /** SMPP `data_coding`: 0 is the centre's default alphabet (GSM 03.38), 8 is UCS-2. */
  dataCoding: 0 | 8;
  parts: { udh?: Buffer; message: Buffer }[];
}

/** 140 octets are 160 septets; a part of several gives 6 octets to its header (3GPP TS 23.040, 9.2.3.24.1). */
const gsm = { single: 160, part: 153 };
const ucs2 = { single: 140, part: 134 };
const escape = 0x1b;

/**
 * Encodes a text for the air: GSM 7-bit where it can, UCS-2 else, and in parts that a telephone puts together again.
 *
 * @param reference tells the parts of this message from those of others to the same telephone
 */
export function segmentsOf(text: string, reference: number): Segments {
  const plain = smpp.encodings.ASCII.match(text);
  const bytes = plain ? smpp.encodings.ASCII.encode(text) : Buffer.from(text, 'utf16le').swap16();
  const limits = plain ? gsm : ucs2;
  const dataCoding = plain ? 0 : 8;
  if (bytes.length <= limits.single) return { dataCoding, parts: [{ message: bytes }] };
  const messages: Buffer[] = [];
  for (let from = 0; from < bytes.length;) {
    const to = boundary(bytes, Math.min(from + limits.part, bytes.length), plain);
    messages.push(bytes.subarray(from, to));
    from = to;
  }
  const parts = messages.map((message, index) => ({
    udh: Buffer.from([5, 0, 3, reference & 0xff, messages.length, index + 1]),
    message,
  }));
  return { dataCoding, parts };
}

/** The last place up to `end` that splits neither an escaped GSM character nor a surrogate pair. */
function boundary(bytes: Buffer, end: number, plain: boolean): number {
  if (end === bytes.length) return end;
  if (plain) return bytes[end - 1] === escape ? end - 1 : end;
  const lead = bytes.readUInt16BE(end - 2);
  return lead >= 0xd800 && lead <= 0xdbff ? end - 2 : end;
}
