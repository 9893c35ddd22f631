import { AppError } from '@portico/envelope';
import { expect, it } from 'vitest';
import { dialect } from './dialect.ts';

const documented = dialect();

it('wraps success, also of nothing', () => {
  expect(documented.success(undefined, '/x')).toEqual({ code: 0, message: 'success', data: {} });
});

it('uses the wording of the table', () => {
  expect(documented.failure(new AppError('unauthenticated'), '/x')).toEqual({
    status: 200,
    body: { code: 10004, message: '无效的Token, 可能是错误的, 失效的, 用户已被删除', data: {} },
  });
});

it('lets an explicit status win', () => {
  expect(dialect().failure(new AppError('permission_denied', { status: 403 }), '/x').status).toBe(403);
});
