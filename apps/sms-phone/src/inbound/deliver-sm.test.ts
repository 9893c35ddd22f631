import { expect, it } from 'vitest';
import { readDeliverSm } from './deliver-sm.ts';

const header = (...bytes: number[]) => ({ udh: [Buffer.from(bytes)], message: 'text' });
const sar = (total: number, place: number) => ({
  sar_msg_ref_num: 7,
  sar_total_segments: total,
  sar_segment_seqnum: place,
  short_message: 'text',
});

it.each([
  ['no header', { short_message: 'text' }, 'message'],
  ['a reference of 8 bits', { short_message: header(0x00, 3, 7, 3, 2) }, 'part'],
  ['a reference of 16 bits', { short_message: header(0x08, 4, 1, 2, 3, 2) }, 'part'],
  ['parameters', sar(3, 2), 'part'],
  ['one part of one', sar(1, 1), 'message'],
  // No such place: by 3GPP TS 23.040, 9.2.3.24.1, the element is ignored.
  ['part 0', { short_message: header(0x00, 3, 7, 3, 0) }, 'message'],
  ['part 4 of 3', { short_message: header(0x00, 3, 7, 3, 4) }, 'message'],
  ['part 4 of 3 by parameters', sar(3, 4), 'message'],
  ['a cut element', { short_message: header(0x00, 3, 7) }, 'message'],
  ['a receipt', { esm_class: 4, short_message: 'id:1 stat:DELIVRD' }, 'other'],
])('%s: %s', (_name, pdu, kind) => expect(readDeliverSm(pdu as never).kind).toBe(kind));
