import { expect, it } from 'vitest';
import { AppError, catalogue, outcomeStatus, wording } from './index.ts';

it('words every error in both languages', () => {
  for (const entry of Object.values(catalogue)) {
    expect(entry.en).not.toBe('');
    expect(entry.zh).not.toBe('');
  }
});

it("prefers the thrower's wording to the catalogue's", () => {
  expect(wording(new AppError('not_found'), 'zh')).toBe('资源不存在');
  expect(wording(new AppError('not_found', { message: '工单不存在' }), 'zh')).toBe('工单不存在');
});

it('answers outcomes with 200 unless statuses are mirrored, and transport errors with their status', () => {
  expect(outcomeStatus(new AppError('conflict'), {})).toBe(200);
  expect(outcomeStatus(new AppError('conflict'), { mirrorStatus: true })).toBe(409);
  expect(outcomeStatus(new AppError('malformed_json'), {})).toBe(400);
  expect(outcomeStatus(new AppError('permission_denied', { status: 403 }), {})).toBe(403);
});
