import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@portico/service';
import { bindSession, decodeText, isMessage, messageOf, type Delivered, type Session } from '@portico/smpp';
import type { Joining } from './joining.ts';
import type { Receive } from './receive.ts';

export interface SmppReceiverOptions {
  url: string;
  systemId: string;
  password: string | undefined;
  receive: Receive;
  joining: Pick<Joining, 'add'>;
  logger: Logger;
}

export interface SmppReceiver {
  /** Whether a session is bound now. */
  isBound(): boolean;
  close(): Promise<void>;
}

const enquireEveryMs = 15_000;
const timeoutMs = 10_000;
const retryMs = { first: 200, most: 5000 };
const systemError = 0x08;
/** More of a unit that cannot be read says no more about it. */
const loggedBytes = 1024;

/**
 * Receives messages from a centre (SMPP 3.4, receiver). A message is acknowledged when it is stored and not before: what
 * the centre does not hear of it sends again, to whoever is bound then. Connects again whenever the session ends.
 */
export function startSmppReceiver(options: SmppReceiverOptions): SmppReceiver {
  const { url, systemId, password, receive, joining, logger } = options;
  const closing = new AbortController();
  const { signal } = closing;
  let bound: Session | undefined;

  async function take(delivered: Delivered): Promise<void> {
    if (!isMessage(delivered)) return;
    const { part, ...message } = messageOf(delivered);
    if (part) return joining.add({ ...message, ...part });
    const { from, to, bytes, dataCoding } = message;
    await receive({
      provider: 'smpp',
      from,
      to,
      text: decodeText(bytes, dataCoding),
      receivedAt: new Date(),
    });
  }

  async function acknowledge(delivered: Delivered): Promise<number> {
    try {
      await take(delivered);
      return 0;
    } catch (error) {
      logger.warn({ err: error }, 'message not stored');
      return systemError;
    }
  }

  /** One session, from the connection to its end; answers whether there was one. */
  async function session(): Promise<boolean> {
    const smpp = new URL(url).host;
    try {
      bound = await bindSession({
        url,
        systemId,
        password: password ?? '',
        as: 'receiver',
        timeoutMs,
        enquireEveryMs,
        onDeliver: acknowledge,
        onBroken: (bytes, reason) =>
          logger.warn(
            { smpp, reason, bytes: bytes.subarray(0, loggedBytes).toString('hex') },
            'bytes of the message centre could not be read',
          ),
        signal,
      });
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error, smpp }, 'not bound to the message centre');
      return false;
    }
    logger.info({ smpp }, 'bound to the message centre');
    await bound.closed;
    bound = undefined;
    return true;
  }

  async function run(): Promise<void> {
    let pause = retryMs.first;
    while (!signal.aborted) {
      const wasBound = await session();
      pause = wasBound ? retryMs.first : Math.min(pause * 2, retryMs.most);
      await delay(pause * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
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
