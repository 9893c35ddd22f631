import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A service that answers a small JSON body at once, so that what is measured is the way to it. */
const body = JSON.stringify({ code: 0, message: 'Success', data: { total: 12, items: 'x'.repeat(200) } });
const length = String(Buffer.byteLength(body));

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  request.resume();
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': length,
    'Cache-Control': 'no-store',
  });
  response.end(body);
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ event: 'listening', url: `http://127.0.0.1:${port}` });
});
process.once('disconnect', () => process.exit(0));
