import { connectRedis } from '@portico/queue';
import { testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRevocations, type UserClaims } from '../index.ts';

const stores = testStores();
const redis = connectRedis({ url: stores.redisUrl, name: 'test' });
const away = connectRedis({ url: 'redis://127.0.0.1:1', name: 'test' });
afterAll(() => [redis, away].forEach((connection) => connection.disconnect()));
beforeAll(() => vi.waitFor(() => expect(redis.status).toBe('ready'), 120_000));

const options = { prefix: stores.redisPrefix, lifetime: 1800 };
const issuer = createRevocations({ redis, ...options });
const service = createRevocations({ redis, ...options });
const claims = (subject: string, version: number): UserClaims => ({
  subject,
  version,
  role: 'admin',
  email: undefined,
  issuedAt: 0,
  expiresAt: 0,
});

describe('a revocation', () => {
  it('ends the earlier versions of one user in all services', async () => {
    expect(await service.isCurrent(claims('u1', 1))).toBe(true);
    await issuer.revokeBefore('u1', 2);
    expect(await service.isCurrent(claims('u1', 1))).toBe(false);
    expect(await service.isCurrent(claims('u1', 2))).toBe(true);
    expect(await service.isCurrent(claims('u2', 1))).toBe(true);
  });

  it('is not undone by an earlier one that arrives late', async () => {
    await issuer.revokeBefore('u3', 3);
    await issuer.revokeBefore('u3', 2);
    expect(await service.isCurrent(claims('u3', 2))).toBe(false);
  });

  it('is kept as long as a token lives, and no longer', async () => {
    await issuer.revokeBefore('u4', 2);
    const [key] = await redis.keys(`${stores.redisPrefix}:*u4`);
    const ttl = await redis.ttl(key ?? '');
    expect(ttl).toBeGreaterThan(1800);
    expect(ttl).toBeLessThanOrEqual(1810);
  });

  it('that cannot be looked up refuses with 503', async () => {
    const blind = createRevocations({ redis: away, ...options });
    await expect(blind.isCurrent(claims('u1', 1))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(blind.revokeBefore('u1', 1)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
