import { parameterNumber, type Delivered } from './pdu.ts';
import { decodeText } from './text.ts';

/** What became of a message that was submitted. */
export interface Receipt {
  messageId: string;
  /** Such as `DELIVRD` (SMPP 3.4, appendix B). */
  state: string;
  code: string | undefined;
}

const typeBits = 0b0011_1100;
const receiptType = 0x04;
const tags = { messageId: 0x001e, state: 0x0427, networkError: 0x0423 };
/** `message_state` (SMPP 3.4, 5.2.28). */
const states: Record<number, string> = {
  1: 'ENROUTE',
  2: 'DELIVRD',
  3: 'EXPIRED',
  4: 'DELETED',
  5: 'UNDELIV',
  6: 'ACCEPTD',
  7: 'UNKNOWN',
  8: 'REJECTD',
};

/** Whether it is a message of a telephone, and nothing about one that was submitted. */
export const isMessage = ({ esmClass, parameters }: Delivered): boolean =>
  (esmClass & typeBits) === 0 && !parameters.has(tags.state);

/**
 * Reads a receipt in any of its forms: as text (`id:… stat:DELIVRD err:000`) in `short_message` or `message_payload`, in
 * ASCII whatever its coding says, or by its parameters alone.
 */
export function receiptOf(delivered: Delivered): Receipt | undefined {
  const { esmClass, parameters, dataCoding, body } = delivered;
  if (isMessage(delivered) || ((esmClass & typeBits) !== receiptType && !parameters.has(tags.state)))
    return undefined;
  const ascii = body.toString('latin1');
  const text = /\bid:/i.test(ascii) ? ascii : decodeText(body, dataCoding);
  const parameter = parameters.get(tags.messageId)?.toString('latin1').replace(/\0.*$/s, '');
  const messageId = parameter || /\bid:\s*(\S+)/i.exec(text)?.[1];
  const state =
    /\bstat:\s*([A-Z]+)/i.exec(text)?.[1]?.toUpperCase() ??
    states[parameterNumber(parameters, tags.state, 1) ?? 0];
  if (!messageId || !state) return undefined;
  const network = parameters.get(tags.networkError);
  const code =
    /\berr:\s*(\S+)/i.exec(text)?.[1] ??
    (network?.length === 3 ? String(network.readUInt16BE(1)) : undefined);
  return { messageId, state, code };
}
