import { AppError } from '@portico/envelope';
import type { Logger } from 'pino';
import { expect, it } from 'vitest';
import { createFailureLog } from './failure-log.ts';

function start() {
  const lines: [string, string, Record<string, unknown>][] = [];
  const write = (level: string) => (fields: Record<string, unknown>, message: string) =>
    void lines.push([level, message, fields]);
  let time = 0;
  const log = createFailureLog(
    { warn: write('warn'), error: write('error') } as unknown as Logger,
    () => time,
  );
  const fail = (error: AppError, thrown: unknown = error) =>
    log({ error, thrown, requestId: 'r-1', route: '/items' });
  return { lines, fail, wait: (ms: number) => (time += ms) };
}
const away = (message: string) => new AppError('unavailable', { cause: new Error(message) });

it('logs a 503 with its reason once for each cause and second, and how many there were more', () => {
  const { lines, fail, wait } = start();
  for (let n = 0; n < 1000; n += 1) fail(away('connect ECONNREFUSED'));
  fail(away('pool is empty'));
  wait(999);
  fail(away('connect ECONNREFUSED'));
  expect(lines.map(([level, message, { code, route }]) => [level, message, code, route])).toEqual([
    ['warn', 'request not served', 'unavailable', '/items'],
    ['warn', 'request not served', 'unavailable', '/items'],
  ]);
  wait(1);
  fail(away('connect ECONNREFUSED'));
  expect(lines[2]?.[2]).toMatchObject({ more: 1000 });
});

it('logs a defect as an error, with what was thrown', () => {
  const { lines, fail } = start();
  const thrown = new TypeError('x is undefined');
  fail(new AppError('internal', { cause: thrown }), thrown);
  expect(lines).toMatchObject([['error', 'request failed', { err: thrown, requestId: 'r-1' }]]);
});

it('logs no refusal that the caller can mend', () => {
  const { lines, fail } = start();
  for (const code of ['invalid_params', 'unauthenticated', 'rate_limited', 'not_found'] as const)
    fail(new AppError(code));
  fail(new AppError('rule_violation', { status: 409 }));
  expect(lines).toEqual([]);
});

it('logs a business error that is answered with 503', () => {
  const { lines, fail } = start();
  fail(new AppError('sms_unavailable'));
  expect(lines).toHaveLength(1);
});
