import type { AddressInfo, Server } from 'node:net';
import { smpp, type PackageSession as Session, type Pdu } from '@portico/smpp';

export interface Simulator {
  readonly url: string;
  close(): Promise<void>;
}

/** A message on its way to whoever receives. */
interface Waiting {
  fields: object;
  /** Says that it was taken. */
  done: () => void;
}

interface Bound {
  session: Session;
  receives: boolean;
  /** Delivered, and not acknowledged yet. */
  unanswered: Set<Waiting>;
}

const retryMs = 200;
/** A message that nobody takes by then is refused. */
const patienceMs = 10_000;
const systemError = 0x08;

/**
 * A message centre for development and tests, on loopback: what one session submits to a number is delivered to the
 * sessions that receive, and is kept until one of them has acknowledged it.
 */
export async function startSimulator(port = 0): Promise<Simulator> {
  const sessions = new Set<Bound>();
  const queue: Waiting[] = [];

  /** Offers what waits to a session that receives. */
  function flush(): void {
    const receiver = [...sessions].find(({ receives }) => receives);
    if (!receiver) return;
    for (const message of queue.splice(0)) {
      receiver.unanswered.add(message);
      receiver.session.deliver_sm(message.fields, (answer) => {
        if (!receiver.unanswered.delete(message)) return;
        if (answer.command_status === 0) {
          message.done();
        } else {
          queue.push(message);
          setTimeout(flush, retryMs).unref();
        }
      });
    }
  }

  function gone(bound: Bound): void {
    sessions.delete(bound);
    queue.push(...bound.unanswered);
    bound.unanswered.clear();
    flush();
  }

  const server: Server = smpp.createServer((session) => {
    const bound: Bound = { session, receives: false, unanswered: new Set() };
    sessions.add(bound);
    const bind = (receives: boolean) => (pdu: Pdu) => {
      bound.receives = receives;
      session.send(pdu.response());
      if (receives) flush();
    };
    session.on('bind_transmitter', bind(false));
    session.on('bind_receiver', bind(true));
    session.on('bind_transceiver', bind(true));
    session.on('enquire_link', (pdu: Pdu) => session.send(pdu.response()));
    session.on('unbind', (pdu: Pdu) => {
      session.send(pdu.response());
      session.close();
    });
    session.on('submit_sm', (pdu: Pdu) => {
      const { source_addr, destination_addr, short_message, data_coding, esm_class } = pdu;
      let isDone = false;
      queue.push({
        fields: {
          source_addr,
          destination_addr,
          short_message: asSent(short_message),
          data_coding,
          esm_class,
        },
        done: () => {
          if (!isDone) session.send(pdu.response({ message_id: String(pdu.sequence_number) }));
          isDone = true;
        },
      });
      flush();
      // Who submits learns what became of it; a message that nobody takes must not hang.
      setTimeout(() => {
        if (!isDone) session.send(pdu.response({ command_status: systemError }));
        isDone = true;
      }, patienceMs).unref();
    });
    for (const event of ['close', 'error']) session.on(event, () => gone(bound));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `smpp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const { session } of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The package reads a user data header as a list of its elements, and writes it as one buffer with its length. */
function asSent(body: Pdu['short_message']) {
  if (typeof body !== 'object' || Buffer.isBuffer(body) || !body.udh) return body;
  const elements = Buffer.concat(body.udh);
  return { message: body.message, udh: Buffer.concat([Buffer.from([elements.length]), elements]) };
}
