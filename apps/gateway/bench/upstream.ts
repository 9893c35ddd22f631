import { serve } from './serve.ts';

/** A service that answers a small JSON body at once, so that what is measured is the way to it. */
const body = JSON.stringify({ code: 0, message: 'Success', data: { total: 12, items: 'x'.repeat(200) } });
const length = String(Buffer.byteLength(body));

serve((request, response) => {
  request.resume();
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': length,
    'Cache-Control': 'no-store',
  });
  response.end(body);
});
