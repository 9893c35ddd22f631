import compression from 'compression';
import type { Request, Response } from 'express';
import { setHeaders } from '../answers.ts';
import type { AnswerFacts } from './headers.ts';

const compressible = /^(?:application\/(?:[\w.+-]*json|javascript|xml)|text\/(?!event-stream)|image\/svg)/i;
const smallest = 1024;
const compress = compression({ threshold: smallest, filter: () => true });

/**
 * Whether an answer is text of known length above 1 KB. Streams of unknown length are left alone, because an encoder
 * would hold back what they say.
 */
export function isWorthCompressing(status: number, { type, length, encoding }: AnswerFacts): boolean {
  return status === 200 && length > smallest && encoding === '' && compressible.test(type);
}

/** Encodes what is written to the answer, if the client accepts that. */
export function compressResponse(
  request: Request,
  response: Response,
  status: number,
  headers: readonly string[],
): void {
  compress(request, response, () => undefined);
  response.statusCode = status;
  setHeaders(response, headers);
  const etag = response.getHeader('ETag');
  // The bytes may be others now, so only a weak validator still holds (RFC 9110, section 8.8.1).
  if (typeof etag === 'string' && !etag.startsWith('W/')) response.setHeader('ETag', `W/${etag}`);
}
