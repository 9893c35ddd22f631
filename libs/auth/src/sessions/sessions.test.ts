import { createMongo } from '@portico/mongo';
import { testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSessions, type SessionGrant, type Sessions } from '../index.ts';

const stores = testStores();
const seconds = 1000;
const days = 86_400 * seconds;
// The store removes expired sessions by its own clock, so the injected one starts at the present.
let time = Date.now();
const reused: string[] = [];
const options = {
  collection: 'sessions',
  secrets: [{ id: 's1', secret: 'first session secret' }],
  accessLifetime: 7 * 86_400,
  refreshLifetime: 30 * 86_400,
  now: () => time,
};
const connect = () => createMongo({ uri: stores.mongodbUri, database: stores.database, appName: 'test' });
const mongo = connect();
const otherMongo = connect();
const thirdMongo = connect();
const sessions = createSessions({
  connection: mongo.connection,
  ...options,
  onReuse: ({ id }) => reused.push(id),
});
/** Another instance of the same service, with a secret that has been rotated meanwhile. */
const elsewhere = createSessions({
  connection: otherMongo.connection,
  ...options,
  secrets: [{ id: 's2', secret: 'second session secret' }, ...options.secrets],
});
beforeAll(() => Promise.all([mongo, otherMongo, thirdMongo].map((one) => one.open())));
afterAll(() => Promise.all([mongo, otherMongo, thirdMongo].map((one) => one.close())));

const refused = { code: 'unauthenticated', status: 401 };
let users = 0;
const newUser = () => `user${(users += 1)}`;
const isOpen = async (service: Sessions, { accessToken }: SessionGrant) =>
  (await service.authenticate(accessToken)) !== undefined;

describe('a session', () => {
  it('gives out opaque tokens of 50 letters and digits, valid 7 and 30 days', async () => {
    const user = newUser();
    const grant = await sessions.open(user, { ip: '192.0.2.1', userAgent: 'curl' });
    expect(grant.accessToken).toMatch(/^[A-Za-z0-9]{50}$/);
    expect(grant.refreshToken).toMatch(/^[A-Za-z0-9]{50}$/);
    expect(grant.accessToken).not.toBe(grant.refreshToken);
    expect(grant).toMatchObject({ userId: user, expiresIn: 604_800, refreshExpiresIn: 2_592_000 });
    expect(await elsewhere.authenticate(grant.accessToken)).toMatchObject({
      id: grant.sessionId,
      userId: user,
      origin: { ip: '192.0.2.1', userAgent: 'curl' },
    });
  });

  it('stores no token, and none can be made from what is stored', async () => {
    const grant = await sessions.refresh((await sessions.open(newUser())).refreshToken);
    const stored = JSON.stringify(
      await mongo.connection.collection<{ _id: string }>('sessions').findOne({ _id: grant.sessionId }),
    );
    expect(stored).toContain(grant.userId);
    for (const token of [grant.accessToken, grant.refreshToken]) {
      expect(stored).not.toContain(token);
      expect(stored).not.toContain(token.slice(0, 22));
      expect(stored).not.toContain(token.slice(22));
    }
  });

  it('does not take one kind of token for the other', async () => {
    const grant = await sessions.open(newUser());
    expect(await sessions.authenticate(grant.refreshToken)).toBeUndefined();
    await expect(sessions.refresh(grant.accessToken)).rejects.toMatchObject(refused);
    expect(await isOpen(sessions, grant)).toBe(true);
  });

  it.each(['', 'abc', 'A'.repeat(50), 'A'.repeat(51), `${'A'.repeat(49)}$`])(
    'is not opened by %j',
    async (token) => {
      expect(await sessions.authenticate(token)).toBeUndefined();
      await expect(sessions.refresh(token)).rejects.toMatchObject(refused);
      expect(await sessions.endByToken(token)).toBe(false);
    },
  );

  it('expires: access after 7 days, refresh after 30', async () => {
    const grant = await sessions.open(newUser());
    const kept = await sessions.open(newUser());
    time += 7 * days - 1;
    expect(await isOpen(elsewhere, grant)).toBe(true);
    time += 1;
    expect(await isOpen(elsewhere, grant)).toBe(false);
    time += 23 * days - 1;
    const next = await sessions.refresh(kept.refreshToken);
    time += 1;
    await expect(sessions.refresh(grant.refreshToken)).rejects.toMatchObject(refused);
    expect(await sessions.isLive(grant.sessionId)).toBe(false);
    expect(await isOpen(elsewhere, next)).toBe(true);
  });
});

describe('a refresh', () => {
  it('exchanges both tokens; the old access token works until the new one can have arrived', async () => {
    const first = await sessions.open(newUser());
    const second = await elsewhere.refresh(first.refreshToken);
    expect(second.sessionId).toBe(first.sessionId);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(second.accessToken).not.toBe(first.accessToken);
    expect([await isOpen(sessions, first), await isOpen(sessions, second)]).toEqual([true, true]);
    time += 11 * seconds;
    expect([await isOpen(sessions, first), await isOpen(sessions, second)]).toEqual([false, true]);
  });

  it('whose answer was lost gets the same answer again within 10 s, from any instance', async () => {
    const first = await sessions.open(newUser());
    const lost = await sessions.refresh(first.refreshToken);
    time += 10 * seconds;
    const again = await elsewhere.refresh(first.refreshToken);
    expect(again).toMatchObject({ accessToken: lost.accessToken, refreshToken: lost.refreshToken });
    expect(await isOpen(sessions, again)).toBe(true);
    expect(await sessions.refresh(again.refreshToken)).toBeDefined();
  });

  it('with the same token after that ends the family', async () => {
    const first = await sessions.open(newUser());
    const second = await sessions.refresh(first.refreshToken);
    time += 10 * seconds + 1;
    await expect(sessions.refresh(first.refreshToken)).rejects.toMatchObject(refused);
    await expect(sessions.refresh(second.refreshToken)).rejects.toMatchObject(refused);
    expect(await isOpen(sessions, second)).toBe(false);
    expect(reused).toContain(first.sessionId);
  });

  it('with a token whose successor was used ends the family, also within 10 s and generations later', async () => {
    for (const generations of [1, 4]) {
      const first = await sessions.open(newUser());
      let latest = await sessions.refresh(first.refreshToken);
      for (let generation = 0; generation < generations; generation += 1) {
        latest = await sessions.refresh(latest.refreshToken);
      }
      await expect(elsewhere.refresh(first.refreshToken)).rejects.toMatchObject(refused);
      await expect(sessions.refresh(latest.refreshToken)).rejects.toMatchObject(refused);
    }
  });

  it('by 20 requests at once with one token is one exchange, also in the middle of a rotation', async () => {
    // Derives with another secret than `elsewhere`, and knows both: what either answers must be what is stored.
    const notYet = createSessions({
      connection: thirdMongo.connection,
      ...options,
      secrets: [...options.secrets, { id: 's2', secret: 'second session secret' }],
    });
    for (let round = 0; round < 5; round += 1) {
      const first = await sessions.open(newUser());
      const grants = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? notYet : elsewhere).refresh(first.refreshToken),
        ),
      );
      expect(new Set(grants.map(({ refreshToken }) => refreshToken)).size).toBe(1);
      expect(await elsewhere.refresh(grants[0]?.refreshToken ?? '')).toBeDefined();
    }
  });

  it('goes on after the secret was rotated', async () => {
    const first = await sessions.open(newUser());
    const second = await elsewhere.refresh(first.refreshToken);
    const third = await elsewhere.refresh(second.refreshToken);
    expect(await elsewhere.refresh(second.refreshToken)).toMatchObject({ refreshToken: third.refreshToken });
    expect(await isOpen(elsewhere, third)).toBe(true);
  });
});

describe('a session with limits', () => {
  const limits = { idleSeconds: 60, totalSeconds: 100 };
  const pass = (seconds: number) => (time += seconds * 1000);

  it('ends once it was not used for its idle time', async () => {
    const { refreshToken } = await sessions.open(newUser(), {}, limits);
    pass(61);
    await expect(sessions.refresh(refreshToken)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('ends at its total time however much it is used', async () => {
    const opened = await sessions.open(newUser(), {}, limits);
    expect(opened.refreshExpiresIn).toBe(60);
    pass(50);
    const renewed = await sessions.refresh(opened.refreshToken);
    expect(renewed.refreshExpiresIn).toBe(50);
    pass(51);
    await expect(sessions.refresh(renewed.refreshToken)).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('ending', () => {
  it('a session is at once here and within the staleness elsewhere', async () => {
    const grant = await sessions.open(newUser());
    expect([await isOpen(sessions, grant), await isOpen(elsewhere, grant)]).toEqual([true, true]);
    expect(await elsewhere.isLive(grant.sessionId)).toBe(true);
    expect(await sessions.end(grant.userId, grant.sessionId)).toBe(true);
    expect(await isOpen(sessions, grant)).toBe(false);
    time += 10 * seconds;
    expect([await isOpen(elsewhere, grant), await elsewhere.isLive(grant.sessionId)]).toEqual([false, false]);
    await expect(elsewhere.refresh(grant.refreshToken)).rejects.toMatchObject(refused);
    expect(await sessions.end(grant.userId, grant.sessionId)).toBe(false);
  });

  it('is not put off by a session that is in constant use', async () => {
    const grant = await sessions.open(newUser());
    await isOpen(elsewhere, grant);
    await sessions.end(grant.userId, grant.sessionId);
    for (let second = 0; second < 10; second += 1) {
      await isOpen(elsewhere, grant);
      await elsewhere.isLive(grant.sessionId);
      time += 1 * seconds;
    }
    expect([await isOpen(elsewhere, grant), await elsewhere.isLive(grant.sessionId)]).toEqual([false, false]);
  });

  it('a session is for its owner', async () => {
    const grant = await sessions.open(newUser());
    expect(await sessions.end(newUser(), grant.sessionId)).toBe(false);
    expect(await isOpen(sessions, grant)).toBe(true);
  });

  it('takes either token of the session', async () => {
    for (const kind of ['accessToken', 'refreshToken'] as const) {
      const grant = await sessions.open(newUser());
      expect(await sessions.endByToken(grant[kind])).toBe(true);
      expect(await isOpen(sessions, grant)).toBe(false);
    }
  });

  it('all sessions of a user spares the one that asks, and those of others', async () => {
    const user = newUser();
    const mine = [await sessions.open(user), await sessions.open(user), await sessions.open(user)];
    const foreign = await sessions.open(newUser());
    for (const grant of mine) await isOpen(sessions, grant);
    await sessions.endAll(user, mine[1]?.sessionId);
    expect(await Promise.all(mine.map((grant) => isOpen(sessions, grant)))).toEqual([false, true, false]);
    await sessions.endAll(user);
    expect(await sessions.list(user)).toEqual([]);
    expect(await isOpen(sessions, foreign)).toBe(true);
  });
});

describe('the sessions of a user', () => {
  it('are listed last used first, without anything secret', async () => {
    const user = newUser();
    const first = await sessions.open(user, { userAgent: 'phone' });
    time += 1 * seconds;
    const second = await sessions.open(user, { userAgent: 'desk' });
    time += 1 * seconds;
    await sessions.refresh(first.refreshToken);
    const listed = await sessions.list(user);
    expect(listed.map(({ id, origin }) => [id, origin.userAgent])).toEqual([
      [first.sessionId, 'phone'],
      [second.sessionId, 'desk'],
    ]);
    expect(JSON.stringify(listed)).not.toMatch(/digest/i);
  });

  it('are found by an index, and expired ones are removed by the store', async () => {
    const collection = mongo.connection.collection('sessions');
    const indexes = await collection.indexes();
    expect(indexes.map(({ key, expireAfterSeconds }) => [key, expireAfterSeconds])).toContainEqual([
      { expiresAt: 1 },
      0,
    ]);
    const plan = JSON.stringify(await collection.find({ userId: 'user1' }).sort({ rotatedAt: -1 }).explain());
    expect(plan).toContain('userId_1_rotatedAt_-1');
  });
});
