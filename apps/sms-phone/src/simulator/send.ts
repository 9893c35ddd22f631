import { randomInt } from 'node:crypto';
import { bindSession, segmentsOf, statusName, type Session } from '@portico/smpp';

export interface Sms {
  from: string;
  to: string;
  text: string;
}

const timeoutMs = 3000;

/** Sends a message to a number through a message centre, in parts where it is long; resolves when all were taken. */
export async function sendSms(url: string, { from, to, text }: Sms): Promise<void> {
  const session = await bindSession({
    url,
    systemId: 'sms-send',
    password: '',
    as: 'transmitter',
    timeoutMs,
    enquireEveryMs: timeoutMs,
  });
  try {
    for (const fields of partsOf(text))
      await submit(session, { source_addr: from, destination_addr: to, ...fields });
  } finally {
    session.destroy();
  }
}

/** The parts of a text, as fields of `submit_sm`. */
export function partsOf(text: string): object[] {
  const { dataCoding: data_coding, parts } = segmentsOf(text, randomInt(256));
  return parts.map(({ udh, message }) => ({
    data_coding,
    ...(udh ? { esm_class: 0x40, short_message: { udh, message } } : { short_message: message }),
  }));
}

const submit = (session: Session, fields: object) =>
  new Promise<void>((resolve, reject) => {
    session.submit_sm(fields, (pdu) =>
      pdu.command_status === 0
        ? resolve()
        : reject(new Error(`the message was not taken: ${statusName(pdu.command_status)}`)),
    );
  });
