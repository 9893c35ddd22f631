import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import smpp from 'smpp';
import { Frames } from './frames.ts';
import {
  bindBody,
  commands,
  encodePdu,
  headerOf,
  MalformedPdu,
  readAnswerText,
  readDelivered,
  submitBody,
  type Delivered,
  type Submitted,
} from './pdu.ts';

export interface BindOptions {
  /** `smpp://host:2775`, or `ssmpp://` with TLS. */
  url: string;
  systemId: string;
  password: string;
  /** A receiver hears messages, a transmitter sends them, a transceiver does both. */
  as: 'receiver' | 'transmitter' | 'transceiver';
  /** How long the centre may take for the bind, for each sign of life, and for the rest of a unit that has begun. */
  timeoutMs: number;
  enquireEveryMs: number;
  /** Takes a message or receipt; resolves with the status of its acknowledgement, 0 where there is none. */
  onDeliver?: (delivered: Delivered) => Promise<number | void> | number | void;
  /** Hears of bytes that are no unit, or one whose fields do not fit; the session goes on. */
  onBroken?: (bytes: Buffer, reason: string) => void;
  /** Ends the session, also while it is being bound. */
  signal?: AbortSignal;
}

/** A session that is bound. */
export interface Session {
  /** @throws Error when the session ends before the answer; `written` says whether the message had left */
  submit(message: Submitted): Promise<Answer>;
  /** Resolves when the session has ended. */
  readonly closed: Promise<void>;
  /** Unbinds and ends the session. */
  close(): void;
  destroy(): void;
}

export interface Answer {
  status: number;
  messageId: string | undefined;
}

/** The session ended before an answer came, or before a message could be sent. */
export class SessionEnded extends Error {
  /** Whether the message may have reached the centre. */
  readonly written: boolean;

  constructor(written: boolean) {
    super(written ? 'the connection broke before the answer' : 'the connection is closed');
    this.written = written;
  }
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

const status = { ok: 0, invalidLength: 0x02, invalidCommand: 0x03, systemError: 0x08, permanentError: 0x65 };
const isAnswer = (command: number) => command >= 0x80000000;
const answerTo = (command: number) => (command | 0x80000000) >>> 0;

interface Waiting {
  resolve: (unit: Buffer) => void;
  reject: (error: Error) => void;
}

/**
 * Opens a session of SMPP 3.4 with a message centre and keeps it alive. No unit that the centre sends ends it: one that
 * cannot be read is answered with an error, and what follows it is read.
 *
 * @throws BindError
 */
export async function bindSession(options: BindOptions): Promise<Session> {
  const { timeoutMs, signal } = options;
  if (signal?.aborted) throw new BindError('the session is not wanted any more');
  const link = openLink(options);
  let failure = new BindError('the centre closed the connection');
  const fail = (reason: string, code?: string) => {
    failure = new BindError(reason, code);
    link.socket.destroy();
  };
  const onAbort = () => fail('the session is not wanted any more');
  signal?.addEventListener('abort', onAbort, { once: true });
  const late = setTimeout(() => fail('the centre did not answer the bind in time'), timeoutMs);
  link.socket.on('error', (error: NodeJS.ErrnoException) =>
    fail(`connection failed: ${error.code ?? error.message}`, error.code),
  );
  void link.closed.then(() => signal?.removeEventListener('abort', onAbort));
  try {
    await link.connected;
    const bound = await link.request(
      commands[`bind_${options.as}`],
      bindBody(options.systemId, options.password),
    );
    const answer = headerOf(bound).status;
    if (answer !== status.ok) fail('the centre refused the bind', statusName(answer));
    if (answer !== status.ok) throw failure;
  } catch {
    link.socket.destroy();
    throw failure;
  } finally {
    clearTimeout(late);
  }
  link.keepAlive();
  return {
    closed: link.closed,
    async submit(message) {
      const unit = await link.request(commands.submit_sm, submitBody(message));
      const { status: answered } = headerOf(unit);
      return { status: answered, messageId: readAnswerText(unit) || undefined };
    },
    close() {
      link.request(commands.unbind).catch(() => undefined);
      link.socket.end();
    },
    destroy: () => void link.socket.destroy(),
  };
}

/** A connection that carries units. */
function openLink({ url, timeoutMs, enquireEveryMs, onDeliver, onBroken }: BindOptions) {
  const { hostname, port, protocol } = new URL(url);
  const isTls = protocol === 'ssmpp:';
  const at = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (isTls ? 3550 : 2775) };
  const socket: Socket = isTls ? connectTls({ ...at, servername: at.host }) : connect(at);
  const frames = new Frames();
  const waiting = new Map<number, Waiting>();
  let sequence = 0;
  let enquiring: NodeJS.Timeout | undefined;
  let stalled: NodeJS.Timeout | undefined;

  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const connected = new Promise<void>((resolve, reject) => {
    socket.once(isTls ? 'secureConnect' : 'connect', () => resolve());
    socket.once('close', () => reject(new SessionEnded(false)));
  });
  connected.catch(() => undefined);

  const write = (command: number, number: number, code = status.ok, body?: Buffer) => {
    if (socket.writable) socket.write(encodePdu(command, number, code, body));
  };
  const broken = (bytes: Buffer, reason: string) => onBroken?.(Buffer.from(bytes), reason);
  const noUnit = (bytes: Buffer) => {
    broken(bytes, 'bytes that are no unit');
    write(commands.generic_nack, bytes.length >= 16 ? headerOf(bytes).sequence : 0, status.invalidLength);
  };

  async function deliver(unit: Buffer): Promise<void> {
    const { command, sequence: number } = headerOf(unit);
    const answer = (code: number) =>
      write(answerTo(command), number, code, code === status.ok ? Buffer.alloc(1) : undefined);
    try {
      answer((await onDeliver?.(readDelivered(unit))) ?? status.ok);
    } catch (error) {
      if (error instanceof MalformedPdu) broken(unit, error.message);
      // A unit that cannot be read now cannot be read later either: it must not come again.
      answer(error instanceof MalformedPdu ? status.permanentError : status.systemError);
    }
  }

  function take(unit: Buffer): void {
    const { command, sequence: number } = headerOf(unit);
    if (isAnswer(command)) {
      waiting.get(number)?.resolve(unit);
      waiting.delete(number);
    } else if (command === commands.deliver_sm || command === commands.data_sm) {
      void deliver(unit);
    } else if (command === commands.enquire_link) {
      write(commands.enquire_link_resp, number);
    } else if (command === commands.unbind) {
      write(commands.unbind_resp, number);
      socket.end();
    } else if (command !== commands.outbind && command !== commands.alert_notification) {
      broken(unit, 'an unknown command');
      write(commands.generic_nack, number, status.invalidCommand);
    }
  }

  /** A unit whose rest does not come has a wrong length; what was taken for its rest is read again. */
  function watch(): void {
    clearTimeout(stalled);
    if (frames.pending === 0) return;
    stalled = setTimeout(() => {
      for (const unit of frames.giveUp(noUnit)) take(unit);
      watch();
    }, timeoutMs);
  }

  socket.on('data', (bytes: Buffer) => {
    for (const unit of frames.add(bytes, noUnit)) take(unit);
    watch();
  });
  socket.once('close', () => {
    clearInterval(enquiring);
    clearTimeout(stalled);
    for (const { reject } of waiting.values()) reject(new SessionEnded(true));
    waiting.clear();
  });

  const request = (command: number, body?: Buffer) =>
    new Promise<Buffer>((resolve, reject) => {
      if (!socket.writable) {
        reject(new SessionEnded(false));
        return;
      }
      sequence = sequence === 0x7fffffff ? 1 : sequence + 1;
      waiting.set(sequence, { resolve, reject });
      write(command, sequence, status.ok, body);
    });

  /** A connection that is dead without having been closed is noticed by its silence. */
  async function enquire(): Promise<void> {
    const late = setTimeout(() => socket.destroy(), timeoutMs);
    await request(commands.enquire_link).catch(() => undefined);
    clearTimeout(late);
  }

  return {
    socket,
    connected,
    closed,
    request,
    keepAlive: () => {
      enquiring = setInterval(() => void enquire(), enquireEveryMs);
    },
  };
}
