import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as a service saw it. */
export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  rawHeaders: string[];
  body: string;
}

export type Answer = (response: ServerResponse, seen: Seen, request: IncomingMessage) => void | Promise<void>;

/** A service that a test starts: it tells what reached it and answers as it is told. */
export interface StubService {
  readonly url: string;
  readonly seen: Seen[];
  /** Connections that are open now, and that ever were. */
  readonly sockets: Set<Socket>;
  accepted: number;
  /** Requests whose client left before the answer. */
  abandoned: number;
  answer: Answer;
  readonly server: Server;
  stop(): Promise<void>;
}

/** Answers who it is. */
export async function startStub(name: string, answer?: Answer, port = 0): Promise<StubService> {
  const echo: Answer = (response, { method, url }) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ service: name, method, url }));
  };
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    response.once('close', () => {
      if (!response.writableFinished) stub.abandoned += 1;
    });
    text(request)
      .then((body) => {
        const { method = '', url = '', headers, rawHeaders } = request;
        const seen = { method, url, headers, rawHeaders, body };
        stub.seen.push(seen);
        return stub.answer(response, seen, request);
      })
      .catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    stub.accepted += 1;
    stub.sockets.add(socket);
    socket.once('close', () => stub.sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const stub: StubService = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    sockets: new Set(),
    accepted: 0,
    abandoned: 0,
    answer: answer ?? echo,
    server,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return stub;
}
