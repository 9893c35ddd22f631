import { randomInt } from 'node:crypto';
import { bindSession, segmentsOf, statusName } from '@portico/smpp';

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
    const { dataCoding, parts } = segmentsOf(text, randomInt(256));
    for (const part of parts) {
      const { status } = await session.submit({ source: from, destination: to, dataCoding, ...part });
      if (status !== 0) throw new Error(`the message was not taken: ${statusName(status)}`);
    }
  } finally {
    session.destroy();
  }
}

/** The parts of a text, as fields of `deliver_sm` for a centre of a test. */
export function partsOf(text: string): object[] {
  const { dataCoding: data_coding, parts } = segmentsOf(text, randomInt(256));
  return parts.map(({ udh, message }) => ({
    data_coding,
    ...(udh ? { esm_class: 0x40, short_message: { udh, message } } : { short_message: message }),
  }));
}
