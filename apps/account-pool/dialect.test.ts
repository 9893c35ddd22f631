import { AppError } from '@portico/envelope';
import { expect, it } from 'vitest';
import { dialect } from './dialect.ts';

const documented = dialect();

it('wraps success', () => {
  expect(documented.success({ data: [1] }, '/x')).toEqual({ code: 0, message: 'Success', data: [1] });
});

it.each([
  ['not_found', 1001],
  ['invalid_params', 2001],
  ['conflict', 3001],
  ['permission_denied', 4001],
  ['rule_violation', 5001],
] as const)('answers the business outcome %s with 200 and code %i', (name, code) => {
  expect(documented.failure(new AppError(name, { message: 'm' }), '/x')).toEqual({
    status: 200,
    body: { code, message: 'm', data: null },
  });
});

it('answers transport problems with their status', () => {
  expect(documented.failure(new AppError('malformed_json'), '/x')).toMatchObject({
    status: 400,
    body: { code: 2001 },
  });
  expect(documented.failure(new AppError('unavailable'), '/x')).toMatchObject({
    status: 503,
    body: { code: 5001 },
  });
});

it('mirrors codes in statuses on request', () => {
  const mirror = dialect({ mirrorStatus: true });
  expect(mirror.failure(new AppError('conflict'), '/x').status).toBe(409);
});

it('lets an explicit status win', () => {
  expect(dialect().failure(new AppError('permission_denied', { status: 403 }), '/x').status).toBe(403);
});
