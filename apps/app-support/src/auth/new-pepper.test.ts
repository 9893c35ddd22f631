import { testStores } from '@portico/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { environmentOf, startSupport, type Instance, type Support } from '../testing/support.ts';

const stores = testStores();
let support: Support;
let rotated: Instance;
beforeAll(async () => {
  support = await startSupport(stores);
  rotated = await support.another({
    environment: {
      PASSWORD_PEPPERS: `p2:${'another'.repeat(6)},${environmentOf(stores)['PASSWORD_PEPPERS']}`,
      // Hashing anew takes so long that a change of the password overtakes it.
      BCRYPT_COST: '11',
    },
  });
});
afterAll(() => support.close());

const signIn = async (instance: Pick<Instance, 'ask'>, account: string, password: string) =>
  (await instance.ask('POST', '/api/auth/access_token', undefined, { account, password })).code;
const storedOf = async (id: number) =>
  (await support.database.collection<{ _id: number; password: string }>('users').findOne({ _id: id }))
    ?.password;

it('hashes a password anew when its owner signs in', async () => {
  const user = await support.newUser();
  expect(await storedOf(user.id)).toMatch(/^v1\$p1\$/);
  expect(await signIn(rotated, user.account, user.password)).toBe(0);
  expect(await storedOf(user.id)).toMatch(/^v1\$p2\$/);
});

it('does not bring back a password that is changed meanwhile', async () => {
  const user = await support.newUser();
  const change = { old_password: user.password, new_password: 'another horse' };
  await Promise.all([
    signIn(rotated, user.account, user.password),
    support.ask('POST', '/api/personal/password', user.token, change),
  ]);
  expect(await signIn(rotated, user.account, user.password)).not.toBe(0);
  expect(await signIn(rotated, user.account, 'another horse')).toBe(0);
});
