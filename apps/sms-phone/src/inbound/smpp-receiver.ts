import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@portico/service';
import smpp, { type Pdu, type Session } from 'smpp';
import { readDeliverSm } from './deliver-sm.ts';
import type { Joining } from './joining.ts';
import type { Receive } from './receive.ts';

export interface SmppReceiverOptions {
  url: string;
  systemId: string;
  password: string | undefined;
  receive: Receive;
  joining: Pick<Joining, 'add'>;
  logger: Logger;
  enquireMs?: number;
}

export interface SmppReceiver {
  /** Whether a session is bound now. */
  isBound(): boolean;
  close(): Promise<void>;
}

const enquireEveryMs = 15_000;
const connectMs = 5000;
const bindMs = 5000;
const retryMs = { first: 200, most: 5000 };
const systemError = 0x08;

/**
 * Receives messages from a centre (SMPP 3.4, receiver). A message is acknowledged when it is stored and not before: what
 * the centre does not hear of it sends again, to whoever is bound then. Connects again whenever the session ends.
 */
export function startSmppReceiver(options: SmppReceiverOptions): SmppReceiver {
  const { url, systemId, password, receive, joining, logger } = options;
  const closing = new AbortController();
  let bound: Session | undefined;

  async function take(pdu: Pdu): Promise<void> {
    const delivered = readDeliverSm(pdu);
    if (delivered.kind === 'part') await joining.add(delivered);
    if (delivered.kind !== 'message') return;
    const { to, from, text } = delivered;
    const id = pdu.receipted_message_id;
    await receive({
      provider: 'smpp',
      ...(id && { providerId: id }),
      to,
      from,
      text,
      receivedAt: new Date(),
    });
  }

  /** One session, from the connection to its end. */
  async function session(): Promise<boolean> {
    const current = smpp.connect({ url, connectTimeout: connectMs });
    const ended = new Promise<void>((resolve) => {
      current.on('close', () => resolve());
      current.on('error', () => resolve());
    });
    const stop = () => current.destroy();
    closing.signal.addEventListener('abort', stop);
    current.on('deliver_sm', (pdu: Pdu) => {
      take(pdu).then(
        () => current.send(pdu.response()),
        (error: unknown) => {
          logger.warn({ err: error }, 'message not stored');
          current.send(pdu.response({ command_status: systemError }));
        },
      );
    });
    current.on('enquire_link', (pdu: Pdu) => current.send(pdu.response()));
    current.on('unbind', (pdu: Pdu) => {
      current.send(pdu.response());
      current.close();
    });
    const status = await Promise.race([
      new Promise<number>((resolve) =>
        current.on('connect', () =>
          current.bind_receiver({ system_id: systemId, password: password ?? '' }, (pdu) =>
            resolve(pdu.command_status),
          ),
        ),
      ),
      ended.then(() => -1),
      delay(connectMs + bindMs, -2, { ref: false }),
    ]);
    if (status === 0) {
      bound = current;
      logger.info({ smpp: new URL(url).host }, 'bound to the message centre');
      await watch(current, ended);
      bound = undefined;
    } else {
      logger.warn({ smpp: new URL(url).host, status }, 'not bound to the message centre');
    }
    closing.signal.removeEventListener('abort', stop);
    current.destroy();
    return status === 0;
  }

  /** Until the session ends, or the centre does not answer any more. */
  async function watch(current: Session, ended: Promise<void>): Promise<void> {
    const every = options.enquireMs ?? enquireEveryMs;
    let answered = true;
    const timer = setInterval(() => {
      if (!answered) {
        current.destroy();
        return;
      }
      answered = false;
      current.enquire_link({}, () => (answered = true));
    }, every);
    await ended;
    clearInterval(timer);
  }

  async function run(): Promise<void> {
    let pause = retryMs.first;
    while (!closing.signal.aborted) {
      const wasBound = await session();
      pause = wasBound ? retryMs.first : Math.min(pause * 2, retryMs.most);
      await delay(pause * (0.75 + Math.random() / 2), undefined, { signal: closing.signal }).catch(
        () => undefined,
      );
    }
  }

  const running = run();
  return {
    isBound: () => bound !== undefined,
    async close() {
      closing.abort();
      await running;
    },
  };
}
