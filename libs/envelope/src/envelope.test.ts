import { describe, expect, it } from 'vitest';
import { AppError, catalogue, dialectOf, serviceNames } from './index.ts';

describe('account-pool (document 001)', () => {
  const dialect = dialectOf('account-pool');

  it('wraps success', () => {
    expect(dialect.success({ data: [1] }, '/x')).toEqual({ code: 0, message: 'Success', data: [1] });
  });

  it.each([
    ['not_found', 1001],
    ['invalid_params', 2001],
    ['conflict', 3001],
    ['permission_denied', 4001],
    ['rule_violation', 5001],
  ] as const)('answers the business outcome %s with 200 and code %i', (name, code) => {
    expect(dialect.failure(new AppError(name, { message: 'm' }), '/x')).toEqual({
      status: 200,
      body: { code, message: 'm', data: null },
    });
  });

  it('answers transport problems with their status', () => {
    expect(dialect.failure(new AppError('malformed_json'), '/x')).toMatchObject({
      status: 400,
      body: { code: 2001 },
    });
    expect(dialect.failure(new AppError('unavailable'), '/x')).toMatchObject({
      status: 503,
      body: { code: 5001 },
    });
  });

  it('mirrors codes in statuses on request', () => {
    const mirror = dialectOf('account-pool', { mirrorStatus: true });
    expect(mirror.failure(new AppError('conflict'), '/x').status).toBe(409);
  });
});

describe('app-support (document 004)', () => {
  const dialect = dialectOf('app-support');

  it('wraps success, also of nothing', () => {
    expect(dialect.success(undefined, '/x')).toEqual({ code: 0, message: 'success', data: {} });
  });

  it('uses the wording of the table', () => {
    expect(dialect.failure(new AppError('unauthenticated'), '/x')).toEqual({
      status: 200,
      body: { code: 10004, message: '无效的Token, 可能是错误的, 失效的, 用户已被删除', data: {} },
    });
  });
});

describe('customer-service (document 003)', () => {
  it('answers the object itself and {detail}', () => {
    const dialect = dialectOf('customer-service');
    expect(dialect.success({ id: '1' }, '/x')).toEqual({ id: '1' });
    expect(dialect.failure(new AppError('not_found', { message: '工单不存在' }), '/x')).toEqual({
      status: 404,
      body: { detail: '工单不存在' },
    });
  });
});

describe('sms-phone (document 002)', () => {
  const dialect = dialectOf('sms-phone');

  it('has three envelopes', () => {
    expect(dialect.success({ message: 'm' }, '/api/login')).toEqual({ success: true, message: 'm' });
    expect(dialect.success({ message: 'm', data: '1' }, '/api/get_phone')).toEqual({
      stat: true,
      message: 'm',
      code: 0,
      data: '1',
    });
    expect(dialect.success({ message: 'm', data: '1' }, '/api/get_sms_code')).toEqual({
      message: 'm',
      code: 0,
      data: '1',
    });
  });

  it('answers a missing number with 200 and -1, a low balance with -2', () => {
    expect(dialect.failure(new AppError('no_number'), '/api/get_phone')).toMatchObject({
      status: 200,
      body: { stat: false, code: -1, data: null },
    });
    expect(dialect.failure(new AppError('insufficient_balance'), '/api/get_phone').body['code']).toBe(-2);
  });

  it('answers account endpoints with success:false and real statuses', () => {
    expect(dialect.failure(new AppError('unauthenticated'), '/api/balance')).toEqual({
      status: 401,
      body: { success: false, message: '无效的认证凭据' },
    });
  });
});

it('lets an explicit status win in every dialect', () => {
  for (const service of serviceNames) {
    expect(dialectOf(service).failure(new AppError('permission_denied', { status: 403 }), '/x').status).toBe(
      403,
    );
  }
});

it('words every error in both languages', () => {
  for (const entry of Object.values(catalogue)) {
    expect(entry.en).not.toBe('');
    expect(entry.zh).not.toBe('');
  }
});
