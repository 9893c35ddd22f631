import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import type { IncomingHttpHeaders } from 'undici/types/header.js';

const compressible = /^(?:application\/(?:[\w.+-]*json|javascript|xml)|text\/(?!event-stream)|image\/svg)/i;
const smallest = 1024;
const brotliQuality = 4;

/**
 * The encoder for an answer, if it is worth one: text of known length above 1 KB for a client that accepts it.
 * Streams of unknown length are left alone, because an encoder would hold back what they say.
 * Changes the headers accordingly.
 */
export function encoderFor(
  request: IncomingMessage,
  status: number,
  headers: IncomingHttpHeaders,
): { stream: Transform } | undefined {
  const accepted = request.headers['accept-encoding'];
  const type = headers['content-type'];
  const length = Number(headers['content-length']);
  if (status !== 200 || typeof type !== 'string' || !compressible.test(type) || !(length > smallest))
    return undefined;
  headers['vary'] = headers['vary'] ? `${String(headers['vary'])}, Accept-Encoding` : 'Accept-Encoding';
  if (typeof accepted !== 'string' || headers['content-encoding'] !== undefined || request.method === 'HEAD')
    return undefined;
  if (String(headers['cache-control'] ?? '').includes('no-transform')) return undefined;

  const encoding = preferred(accepted);
  if (!encoding) return undefined;
  delete headers['content-length'];
  headers['content-encoding'] = encoding;
  const { etag } = headers;
  // The bytes are others now, so only a weak validator still holds (RFC 9110, section 8.8.1).
  if (typeof etag === 'string' && !etag.startsWith('W/')) headers['etag'] = `W/${etag}`;
  const stream =
    encoding === 'br'
      ? createBrotliCompress({
          params: {
            [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
            [constants.BROTLI_PARAM_SIZE_HINT]: length,
          },
        })
      : createGzip();
  return { stream };
}

/** `br` before `gzip`, whichever is accepted with a weight above zero. */
export function preferred(accepted: string): 'br' | 'gzip' | undefined {
  const weights = new Map(
    accepted
      .toLowerCase()
      .split(',')
      .map((part): [string, number] => {
        const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
        const weight = parameters.find((parameter) => parameter.startsWith('q='));
        return [name, weight === undefined ? 1 : Number(weight.slice(2))];
      }),
  );
  const weightOf = (name: string) => weights.get(name) ?? weights.get('*') ?? 0;
  const [br, gzip] = [weightOf('br'), weightOf('gzip')];
  if (br > 0 && br >= gzip) return 'br';
  return gzip > 0 ? 'gzip' : undefined;
}
