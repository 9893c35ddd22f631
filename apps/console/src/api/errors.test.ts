import { describe, expect, it } from 'vitest';
import { isFailure, toApiError } from './errors.ts';

describe('isFailure', () => {
  it.each([
    ['a REST failure', 404, { detail: 'x' }, true],
    ['a business failure at status 200', 200, { code: 2001, message: 'x', data: null }, true],
    ['a success with code 0', 200, { code: 0, message: 'Success', data: {} }, false],
    ['a plain object', 200, { total: 0, items: [] }, false],
    ['an empty answer', 204, undefined, false],
  ])('judges %s', (_name, status, body, expected) => {
    expect(isFailure(status, body)).toBe(expected);
  });
});

describe('toApiError', () => {
  it('reads text, name, request id and wait of each envelope', () => {
    const headers = { 'X-Request-Id': 'r-12345678', 'X-Error-Code': 'rate_limited', 'Retry-After': '7' };
    const error = toApiError(new Response(null, { status: 429, headers }), { detail: 'later' });
    expect(error).toMatchObject({
      message: 'later',
      status: 429,
      code: 'rate_limited',
      requestId: 'r-12345678',
      retryAfter: 7,
    });
    const business = toApiError(new Response(), { code: 3001, message: 'taken', data: null });
    expect(business.message).toBe('taken');
  });

  it('names the status where the body is no envelope', () => {
    expect(toApiError(new Response(null, { status: 502 }), 'Bad Gateway').message).toBe('HTTP 502');
  });
});
