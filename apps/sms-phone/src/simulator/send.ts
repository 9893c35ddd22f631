import { randomInt } from 'node:crypto';
import smpp, { type Session } from 'smpp';

export interface Sms {
  from: string;
  to: string;
  text: string;
}

/** Units of a part beside its header of 6 bytes: 140 bytes are 70 of UCS-2 and 160 of GSM's 7 bits. */
const ucs2 = { whole: 70, part: 67 };
const gsm = { whole: 160, part: 153 };

/** Sends a message to a number through a message centre, in parts where it is long; resolves when all were taken. */
export async function sendSms(url: string, { from, to, text }: Sms): Promise<void> {
  const session = smpp.connect({ url, connectTimeout: 3000 });
  try {
    await new Promise<void>((resolve, reject) => {
      session.on('error', reject);
      session.on('close', () => reject(new Error(`the message centre at ${url} closed the connection`)));
      session.on('connect', () => {
        session.bind_transmitter({ system_id: 'sms-send', password: '' }, (pdu) =>
          pdu.command_status === 0
            ? resolve()
            : reject(new Error(`the bind was refused: ${pdu.command_status}`)),
        );
      });
    });
    for (const fields of partsOf(text))
      await submit(session, { source_addr: from, destination_addr: to, ...fields });
  } finally {
    session.destroy();
  }
}

/** The parts of a text, as fields of `submit_sm`. */
export function partsOf(text: string): object[] {
  const isGsm = smpp.encodings.ASCII.match(text);
  const data_coding = isGsm ? 0 : 8;
  const limit = isGsm ? gsm : ucs2;
  if (text.length <= limit.whole) return [{ short_message: text, data_coding }];
  const pieces = text.match(new RegExp(`[^]{1,${limit.part}}`, 'g')) ?? [];
  const reference = randomInt(256);
  return pieces.map((message, index) => ({
    data_coding,
    esm_class: 0x40,
    short_message: { udh: Buffer.from([5, 0, 3, reference, pieces.length, index + 1]), message },
  }));
}

const submit = (session: Session, fields: object) =>
  new Promise<void>((resolve, reject) => {
    session.submit_sm(fields, (pdu) =>
      pdu.command_status === 0
        ? resolve()
        : reject(new Error(`the message was not taken: ${pdu.command_status}`)),
    );
  });
