import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';

export interface AgentOptions {
  isTls: boolean;
  maxConnections: number;
  connectTimeoutMs: number;
  /** After about so long a connection is replaced, so that new instances behind one name get their share. */
  maxAgeMs: number;
  /** Sees every connection that is opened. */
  onConnect: () => void;
}

/** Shorter than the 65 s after which services close idle connections, so that it is always this side that closes. */
const idleMs = 30_000;

/**
 * Kept connections to one address. A request gets its connection only once that is open: `error` before the request's
 * `socket` event means that nothing was sent, and that its body can still go elsewhere.
 */
export function createAgent(options: AgentOptions): HttpAgent {
  const { isTls, maxConnections, connectTimeoutMs, maxAgeMs, onConnect } = options;
  const kept = {
    keepAlive: true,
    maxSockets: maxConnections,
    maxFreeSockets: maxConnections,
    // In turn: an instance that is leaving says so on each connection before it closes the idle ones.
    scheduling: 'fifo',
    timeout: idleMs,
  } as const;
  const agent = isTls ? new HttpsAgent(kept) : new HttpAgent(kept);
  const connect = agent.createConnection.bind(agent);
  const replaceAt = new WeakMap<object, number>();

  agent.createConnection = (target, callback) => {
    const socket = connect(target) as Socket;
    let isSettled = false;
    // A connection that is there already is read before the timer is believed, which may be late on a busy machine.
    const timer = setTimeout(
      () => setImmediate(() => isSettled || socket.destroy(new Error('connecting took too long'))),
      connectTimeoutMs,
    );
    const settle = (error?: Error) => {
      isSettled = true;
      clearTimeout(timer);
      socket.off('error', settle);
      callback?.(error ?? null, socket);
    };
    socket.once('error', settle);
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      replaceAt.set(socket, performance.now() + maxAgeMs * (0.8 + Math.random() * 0.4));
      onConnect();
      settle();
    });
    return undefined;
  };
  agent.keepSocketAlive = (socket) => {
    (socket as Socket).unref();
    return performance.now() < (replaceAt.get(socket) ?? 0);
  };
  return agent;
}

/** Closes the connections that no request uses, from this side, where it is safe. */
export function closeIdle(agent: HttpAgent): void {
  for (const sockets of Object.values(agent.freeSockets))
    for (const socket of [...(sockets ?? [])]) socket.destroy();
}
