import { AppError } from '@portico/envelope';
import { expect, it } from 'vitest';
import { dialect } from './dialect.ts';

it('answers the object itself and {detail}', () => {
  const documented = dialect();
  expect(documented.success({ id: '1' }, '/x')).toEqual({ id: '1' });
  expect(documented.failure(new AppError('not_found', { message: '工单不存在' }), '/x')).toEqual({
    status: 404,
    body: { detail: '工单不存在' },
  });
});

it('lets an explicit status win', () => {
  expect(dialect().failure(new AppError('permission_denied', { status: 403 }), '/x').status).toBe(403);
});
