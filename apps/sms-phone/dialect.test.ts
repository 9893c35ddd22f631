import { AppError } from '@portico/envelope';
import { expect, it } from 'vitest';
import { dialect } from './dialect.ts';

const documented = dialect();

it('has three envelopes', () => {
  expect(documented.success({ message: 'm' }, '/api/login')).toEqual({ success: true, message: 'm' });
  expect(documented.success({ message: 'm', data: '1' }, '/api/get_phone')).toEqual({
    stat: true,
    message: 'm',
    code: 0,
    data: '1',
  });
  expect(documented.success({ message: 'm', data: '1' }, '/api/get_sms_code')).toEqual({
    message: 'm',
    code: 0,
    data: '1',
  });
});

it('answers a missing number with 200 and -1, a low balance with -2', () => {
  expect(documented.failure(new AppError('no_number'), '/api/get_phone')).toMatchObject({
    status: 200,
    body: { stat: false, code: -1, data: null },
  });
  expect(documented.failure(new AppError('insufficient_balance'), '/api/get_phone').body['code']).toBe(-2);
});

it('answers account endpoints with success:false and real statuses', () => {
  expect(documented.failure(new AppError('unauthenticated'), '/api/balance')).toEqual({
    status: 401,
    body: { success: false, message: '无效的认证凭据' },
  });
});

it('lets an explicit status win', () => {
  expect(dialect().failure(new AppError('permission_denied', { status: 403 }), '/x').status).toBe(403);
});
