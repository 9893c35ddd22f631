import { parameterNumber, type Delivered } from './pdu.ts';

/** Where a part belongs: `reference` is the same in all parts of a message, `place` counts from 1. */
export interface Place {
  reference: number;
  total: number;
  place: number;
}

/** A message as a centre delivers it, its text still in bytes: parts are decoded together. */
export interface IncomingMessage {
  from: string;
  to: string;
  bytes: Buffer;
  dataCoding: number;
  part?: Place;
}

const udhIndicator = 0x40;
const sar = { reference: 0x020c, total: 0x020e, place: 0x020f };

/** Reads a message, whose text may begin with a user data header (3GPP TS 23.040, 9.2.3.24). */
export function messageOf(delivered: Delivered): IncomingMessage {
  const { source: from, destination: to, dataCoding, body, parameters } = delivered;
  const headerEnd = (delivered.esmClass & udhIndicator) !== 0 ? 1 + (body[0] ?? 0) : 0;
  // A header longer than its message is none.
  const hasHeader = headerEnd > 0 && headerEnd <= body.length;
  const bytes = hasHeader ? body.subarray(headerEnd) : body;
  const reference = parameterNumber(parameters, sar.reference, 2);
  const total = parameterNumber(parameters, sar.total, 1);
  const place = parameterNumber(parameters, sar.place, 1);
  const part =
    reference !== undefined && total !== undefined && place !== undefined
      ? { reference, total, place }
      : hasHeader
        ? concatenation(body.subarray(1, headerEnd))
        : undefined;
  // A place that there is not: the element is ignored (3GPP TS 23.040, 9.2.3.24.1).
  const isPart = part && part.total > 1 && part.place >= 1 && part.place <= part.total;
  return { from, to, bytes, dataCoding, ...(isPart && { part }) };
}

/** Information elements 0 (reference of 8 bits) and 8 (of 16). */
function concatenation(header: Buffer): Place | undefined {
  for (let at = 0; at + 2 <= header.length;) {
    const [id, length = 0] = header.subarray(at, at + 2);
    const value = header.subarray(at + 2, at + 2 + length);
    if (id === 0x00 && value.length === 3)
      return { reference: value.readUInt8(0), total: value.readUInt8(1), place: value.readUInt8(2) };
    if (id === 0x08 && value.length === 4)
      return { reference: value.readUInt16BE(0), total: value.readUInt8(2), place: value.readUInt8(3) };
    at += 2 + length;
  }
  return undefined;
}
