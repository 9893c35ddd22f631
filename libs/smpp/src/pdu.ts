/* Protocol data units of SMPP 3.4, as far as a client of a centre needs them; every read is bounded by its unit. */

export const commands = {
  generic_nack: 0x80000000,
  bind_receiver: 0x00000001,
  bind_receiver_resp: 0x80000001,
  bind_transmitter: 0x00000002,
  bind_transmitter_resp: 0x80000002,
  submit_sm: 0x00000004,
  submit_sm_resp: 0x80000004,
  deliver_sm: 0x00000005,
  deliver_sm_resp: 0x80000005,
  unbind: 0x00000006,
  unbind_resp: 0x80000006,
  bind_transceiver: 0x00000009,
  bind_transceiver_resp: 0x80000009,
  outbind: 0x0000000b,
  enquire_link: 0x00000015,
  enquire_link_resp: 0x80000015,
  data_sm: 0x00000103,
  data_sm_resp: 0x80000103,
  alert_notification: 0x00000102,
} as const;

export const headerLength = 16;
/** A `message_payload` of 64 KB with its fields. */
export const maxLength = 70_000;

export interface Header {
  length: number;
  command: number;
  status: number;
  sequence: number;
}

export const headerOf = (bytes: Buffer): Header => ({
  length: bytes.readUInt32BE(0),
  command: bytes.readUInt32BE(4),
  status: bytes.readUInt32BE(8),
  sequence: bytes.readUInt32BE(12),
});

/** A unit whose fields do not fit into it. */
export class MalformedPdu extends Error {}

/** What a centre delivers: a message, or a receipt for one. */
export interface Delivered {
  source: string;
  destination: string;
  esmClass: number;
  dataCoding: number;
  /** The text with its user data header, from `short_message` or `message_payload`. */
  body: Buffer;
  /** Optional parameters by their tag, as far as they fit. */
  parameters: ReadonlyMap<number, Buffer>;
}

class Reader {
  private at = headerLength;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  byte(): number {
    if (this.at >= this.bytes.length) throw new MalformedPdu('a field is missing');
    return this.bytes.readUInt8(this.at++);
  }

  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end === -1) throw new MalformedPdu('a text without its end');
    const text = this.bytes.toString('latin1', this.at, end);
    this.at = end + 1;
    return text;
  }

  take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new MalformedPdu('a field longer than its unit');
    const taken = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return taken;
  }

  /** What does not fit any more is no parameter. */
  parameters(): Map<number, Buffer> {
    const found = new Map<number, Buffer>();
    while (this.at + 4 <= this.bytes.length) {
      const tag = this.bytes.readUInt16BE(this.at);
      const length = this.bytes.readUInt16BE(this.at + 2);
      this.at += 4;
      if (this.at + length > this.bytes.length) break;
      found.set(tag, this.take(length));
    }
    return found;
  }
}

const messagePayload = 0x0424;

/** @throws MalformedPdu */
export function readDelivered(bytes: Buffer): Delivered {
  const reader = new Reader(bytes);
  const isData = headerOf(bytes).command === commands.data_sm;
  reader.text();
  reader.take(2);
  const source = reader.text();
  reader.take(2);
  const destination = reader.text();
  const esmClass = reader.byte();
  let dataCoding: number;
  let short: Buffer = Buffer.alloc(0);
  if (isData) {
    reader.byte();
    dataCoding = reader.byte();
  } else {
    reader.take(2);
    reader.text();
    reader.text();
    reader.take(2);
    dataCoding = reader.byte();
    reader.byte();
    short = Buffer.from(reader.take(reader.byte()));
  }
  const parameters = reader.parameters();
  const body = short.length > 0 ? short : (parameters.get(messagePayload) ?? short);
  return { source, destination, esmClass, dataCoding, body, parameters };
}

/** The one text of an answer to a submit or a bind; empty where there is none. */
export function readAnswerText(bytes: Buffer): string {
  const end = bytes.indexOf(0, headerLength);
  return bytes.toString('latin1', headerLength, end === -1 ? bytes.length : end);
}

/** A number of an optional parameter; undefined where it has not the length that it should have. */
export const parameterNumber = (
  parameters: ReadonlyMap<number, Buffer>,
  tag: number,
  length: number,
): number | undefined => {
  const value = parameters.get(tag);
  return value?.length === length ? value.readUIntBE(0, length) : undefined;
};

const text = (value: string) => Buffer.from(`${value}\0`, 'latin1');

export function encodePdu(
  command: number,
  sequence: number,
  status = 0,
  body: Buffer = Buffer.alloc(0),
): Buffer {
  const header = Buffer.alloc(headerLength);
  header.writeUInt32BE(headerLength + body.length, 0);
  header.writeUInt32BE(command, 4);
  header.writeUInt32BE(status, 8);
  header.writeUInt32BE(sequence, 12);
  return Buffer.concat([header, body]);
}

export const bindBody = (systemId: string, password: string): Buffer =>
  Buffer.concat([text(systemId), text(password), text(''), Buffer.from([0x34, 0, 0]), text('')]);

/** A message for one receiver. */
export interface Submitted {
  source: string;
  sourceTon?: number;
  sourceNpi?: number;
  destination: string;
  destinationTon?: number;
  destinationNpi?: number;
  dataCoding: number;
  registeredDelivery?: number;
  udh?: Buffer | undefined;
  message: Buffer;
  userMessageReference?: number;
}

const udhIndicator = 0x40;
const userMessageReference = 0x0204;

export function submitBody(given: Submitted): Buffer {
  const { udh, message } = given;
  const content = udh ? Buffer.concat([udh, message]) : message;
  const parameters: Buffer[] = [];
  if (given.userMessageReference !== undefined) {
    const parameter = Buffer.alloc(6);
    parameter.writeUInt16BE(userMessageReference, 0);
    parameter.writeUInt16BE(2, 2);
    parameter.writeUInt16BE(given.userMessageReference, 4);
    parameters.push(parameter);
  }
  return Buffer.concat([
    text(''),
    Buffer.from([given.sourceTon ?? 0, given.sourceNpi ?? 0]),
    text(given.source),
    Buffer.from([given.destinationTon ?? 0, given.destinationNpi ?? 0]),
    text(given.destination),
    Buffer.from([udh ? udhIndicator : 0, 0, 0]),
    text(''),
    text(''),
    Buffer.from([given.registeredDelivery ?? 0, 0, given.dataCoding, 0, content.length]),
    content,
    ...parameters,
  ]);
}
