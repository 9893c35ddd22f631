import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { AppError } from '@portico/envelope';
import type { RequestHandler } from 'express';

/* Bytes that are not UTF-8 would all be read as U+FFFD: two passwords of one length would be the same. */

const refused = (what: string) => new AppError('bad_request', { message: `${what}: must be UTF-8` });

/** Whether percent-encoded text holds UTF-8 only; a percent sign that begins no byte is one. */
export function isEncodedUtf8(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  if (/[^\x00-\x7f]/.test(text)) return false;
  if (!text.includes('%')) return true;
  try {
    decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, '%25'));
    return true;
  } catch {
    return false;
  }
}

/**
 * Refuses a path or query whose bytes are not UTF-8 (surrogates among them), and reads the charset `utf8` as `utf-8`, as
 * clients write it.
 */
export const checkEncoding: RequestHandler = (request, _response, next) => {
  if (!isEncodedUtf8(request.url)) throw refused('query');
  const type = request.headers['content-type'];
  if (type !== undefined)
    request.headers['content-type'] = type.replace(/(charset\s*=\s*"?)utf8\b/i, '$1utf-8');
  next();
};

/** For body-parser's `verify`: refuses a body whose bytes are not UTF-8, where that is its charset. */
export function verifyUtf8(request: IncomingMessage, body: Buffer, charset: string): void {
  if (charset !== 'utf-8') return;
  const isForm = /^application\/x-www-form-urlencoded/i.test(request.headers['content-type'] ?? '');
  if (!isUtf8(body) || (isForm && !isEncodedUtf8(body.toString('latin1').replace(/[\x80-\xff]/g, ''))))
    // A plain error: body-parser gives it a type, by which it is known (errors.ts).
    throw new Error('body: must be UTF-8');
}

/**
 * The text of a body that a handler reads by itself.
 *
 * @throws AppError `bad_request` when it is not UTF-8
 */
export function utf8Of(body: Buffer): string {
  if (!isUtf8(body)) throw refused('body');
  return body.toString('utf8');
}
