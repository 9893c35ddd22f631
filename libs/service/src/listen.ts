import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as readWhatCame, setTimeout as wait } from 'node:timers/promises';

export interface Listener {
  readonly server: Server;
  /** `http://127.0.0.1:PORT` (or the address it listens on). */
  readonly url: string;
  /** Says goodbye, stops accepting, lets requests in flight finish for at most `graceMs`, then cuts connections. */
  close(graceMs: number): Promise<void>;
}

export interface ListenOptions {
  host: string;
  port: number;
  /** Milliseconds an idle connection is kept; longer than any client's, so that the client closes first. */
  keepAliveMs?: number;
  /** Further options of Node's server. */
  server?: ServerOptions;
}

/**
 * How long a leaving server goes on as before, but says `Connection: close` with every answer. Whoever keeps connections
 * to it learns so that it is leaving and goes elsewhere. If it stopped at once, requests on their way would be lost: on
 * idle connections that it closes, and on new ones that it has not accepted yet.
 */
const farewellMs = 400;
/** Whoever sent a request so recently has not noticed yet, as on a machine that is too busy … */
const quietMs = 200;
/** … and who still holds connections may just be sending one. */
const quietWithConnectionsMs = 1000;
/** But where nobody else is to be had, requests would keep it for ever. */
const longestFarewellMs = 3000;
/** They are asked for as long as the process lives. */
const probes = new Set(['/healthz', '/readyz']);

/** Serves HTTP on a port and knows how to stop without breaking a request. */
export async function listen(handler: RequestListener, options: ListenOptions): Promise<Listener> {
  let draining = false;
  /** While it is leaving. */
  let lastRequest = Number.NEGATIVE_INFINITY;
  const inFlight = new Set<ServerResponse>();
  const serverOptions = { keepAliveTimeout: options.keepAliveMs ?? 65_000, ...options.server };
  const server = createServer(serverOptions, (request, response) => {
    // A kept-alive connection would otherwise go on bringing requests to a server that is leaving.
    if (draining) {
      response.setHeader('Connection', 'close');
      if (!probes.has(request.url ?? '')) lastRequest = performance.now();
    }
    inFlight.add(response);
    response.once('close', () => {
      inFlight.delete(response);
      if (draining && !server.listening) setImmediate(() => server.closeIdleConnections());
    });
    handler(request, response);
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port, address } = server.address() as AddressInfo;
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address;
  return {
    server,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    async close(graceMs) {
      draining = true;
      for (const response of inFlight) if (!response.headersSent) response.setHeader('Connection', 'close');
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      if (sockets.size > 0) await farewell(() => lastRequest, sockets, graceMs);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // To Node, one that was opened and never used, as browsers and proxies do in advance, is not idle but busy.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      await closed;
      clearTimeout(cut);
    },
  };
}

/** Waits until requests go elsewhere. */
async function farewell(lastRequest: () => number, sockets: ReadonlySet<Socket>, graceMs: number) {
  const started = performance.now();
  await wait(Math.min(farewellMs, graceMs));
  for (;;) {
    await readWhatCame();
    const now = performance.now();
    const quiet = sockets.size > 0 ? quietWithConnectionsMs : quietMs;
    const isQuiet = now - lastRequest() >= quiet;
    if (isQuiet || now - started >= Math.min(longestFarewellMs, graceMs)) return;
    await wait(quietMs / 4);
  }
}
