import smpp, { type Pdu, type Session } from 'smpp';

export interface BindOptions {
  /** `smpp://host:2775`, or `ssmpp://` with TLS. */
  url: string;
  systemId: string;
  password: string;
  /** A receiver hears messages, a transmitter sends them, a transceiver does both. */
  as: 'receiver' | 'transmitter' | 'transceiver';
  /** How long the centre may take for the bind, and for each sign of life. */
  timeoutMs: number;
  enquireEveryMs: number;
  /** Messages and receipts: the centre may send them at once, so that later would be too late to listen. */
  onDeliver?: (pdu: Pdu, session: Session) => void;
  /** Ends the session, also while it is being bound. */
  signal?: AbortSignal;
}

/** No session came about: the centre could not be reached, was silent, or refused. */
export class BindError extends Error {
  /** What the centre answered, such as `ESME_RBINDFAIL`, or the error of the connection. */
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.name = 'BindError';
    this.code = code;
  }
}

/** A status by its name in the specification, such as `ESME_RTHROTTLED` (SMPP 3.4, table 5-2). */
export function statusName(status: number): string {
  const name = Object.entries(smpp.errors).find(([, value]) => value === status)?.[0];
  return name ?? `0x${status.toString(16).padStart(8, '0')}`;
}

/**
 * Opens a session of SMPP 3.4 with a message centre and keeps it alive; it emits `close` when it ends.
 *
 * @throws BindError
 */
export function bindSession(options: BindOptions): Promise<Session> {
  const { timeoutMs, signal, onDeliver } = options;
  return new Promise((resolve, reject) => {
    const session = smpp.connect({ url: options.url }, () => {
      const credentials = {
        system_id: options.systemId,
        password: options.password,
        interface_version: 0x34,
      };
      if (options.as === 'receiver') session.bind_receiver(credentials, onAnswer);
      else if (options.as === 'transmitter') session.bind_transmitter(credentials, onAnswer);
      else session.bind_transceiver(credentials, onAnswer);
    });
    let enquiring: NodeJS.Timeout | undefined;
    const fail = (reason: string, code?: string) => {
      session.destroy();
      reject(new BindError(reason, code));
    };
    const onAnswer = ({ command_status: status }: Pdu) => {
      clearTimeout(late);
      if (status !== 0) return fail('the centre refused the bind', statusName(status));
      enquiring = setInterval(() => enquire(session, timeoutMs), options.enquireEveryMs);
      resolve(session);
    };
    const onAbort = () => fail('the session is not wanted any more');
    const late = setTimeout(() => fail('the centre did not answer the bind in time'), timeoutMs);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    session.on('error', (error: NodeJS.ErrnoException) =>
      fail(`connection failed: ${error.code ?? error.message}`, error.code),
    );
    session.on('close', () => {
      clearTimeout(late);
      clearInterval(enquiring);
      signal?.removeEventListener('abort', onAbort);
      reject(new BindError('the centre closed the connection'));
    });
    // The centre may ask for signs of life, and end the session.
    session.on('enquire_link', (pdu: Pdu) => session.send(pdu.response()));
    session.on('unbind', (pdu: Pdu) => {
      session.send(pdu.response());
      session.close();
    });
    if (onDeliver) session.on('deliver_sm', (pdu: Pdu) => onDeliver(pdu, session));
  });
}

/** A connection that is dead without having been closed is noticed by its silence. */
function enquire(session: Session, timeoutMs: number): void {
  const late = setTimeout(() => session.destroy(), timeoutMs);
  session.enquire_link({}, () => clearTimeout(late));
  session.once('close', () => clearTimeout(late));
}
