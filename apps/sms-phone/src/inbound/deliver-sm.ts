import type { Pdu } from '@portico/smpp';

/** What a `deliver_sm` brings: a message, a part of one, or something that is none. */
export type Delivered =
  | { kind: 'message'; to: string; from: string; text: string }
  | { kind: 'part'; to: string; from: string; text: string; reference: number; total: number; place: number }
  | { kind: 'other' };

/** Bits of `esm_class` that say what it is (SMPP 3.4, 5.2.12): 0 is a message, 4 a receipt. */
const typeBits = 0b0011_1100;

/** Reads a `deliver_sm` (SMPP 3.4, 4.6.1; parts by user data header, 3GPP TS 23.040, 9.2.3.24, or by `sar_` parameters). */
export function readDeliverSm(pdu: Pdu): Delivered {
  if (((pdu.esm_class ?? 0) & typeBits) !== 0) return { kind: 'other' };
  const to = pdu.destination_addr ?? '';
  const from = pdu.source_addr ?? '';
  const body = textOf(pdu.short_message);
  const text = body === '' ? textOf(pdu.message_payload) : body;
  const { sar_msg_ref_num: reference, sar_total_segments: total, sar_segment_seqnum: place } = pdu;
  const part =
    reference !== undefined && total !== undefined && place !== undefined
      ? { reference, total, place }
      : concatenation(headersOf(pdu.short_message));
  // A place that there is not: the element is ignored (3GPP TS 23.040, 9.2.3.24.1).
  return part && part.total > 1 && part.place >= 1 && part.place <= part.total
    ? { kind: 'part', to, from, text, ...part }
    : { kind: 'message', to, from, text };
}

function textOf(body: Pdu['short_message'] | Pdu['message_payload']): string {
  if (body === undefined) return '';
  if (typeof body === 'string') return body;
  // Of an encoding that nobody knows there is no better reading.
  if (Buffer.isBuffer(body)) return body.toString('latin1');
  const { message = '' } = body;
  return typeof message === 'string' ? message : message.toString('latin1');
}

function headersOf(body: Pdu['short_message']): Buffer[] {
  return typeof body === 'object' && !Buffer.isBuffer(body) ? (body.udh ?? []) : [];
}

/** Information elements 0 (reference of 8 bits) and 8 (of 16). */
function concatenation(headers: readonly Buffer[]) {
  for (const header of headers) {
    const [id, length] = header;
    if (id === 0x00 && length === 3 && header.length >= 5)
      return { reference: header.readUInt8(2), total: header.readUInt8(3), place: header.readUInt8(4) };
    if (id === 0x08 && length === 4 && header.length >= 6)
      return { reference: header.readUInt16BE(2), total: header.readUInt8(4), place: header.readUInt8(5) };
  }
  return undefined;
}
