import { AppError } from '@portico/envelope';
import { beforeEach, expect, it } from 'vitest';
import { createSignIn, type LoginBudget, type LoginContext, type Passwords } from '../index.ts';

interface User {
  password?: string;
  answer?: string;
}

const context = {
  clientIp: '192.0.2.1',
  request: { headers: {} } as LoginContext['request'],
  header: () => undefined,
};

let calls: string[];
beforeEach(() => {
  calls = [];
});
const budget: LoginBudget = {
  async take(account, { clientIp }) {
    await note(`take ${account} ${clientIp}`);
    return { succeeded: () => note(`give back ${account}`) };
  },
};
const passwords: Passwords = {
  hash: async (password) => `new:${password}`,
  verify: async (stored, password) => stored.endsWith(`:${password}`),
  async verifyOrDummy(stored, password) {
    await note(`compare ${stored ?? 'dummy'}`);
    return stored?.endsWith(`:${password}`) ?? false;
  },
  needsRehash: (stored) => stored.startsWith('old:'),
  close: async () => undefined,
};
const signIn = createSignIn({ passwords, budget });

async function note(call: string): Promise<void> {
  calls.push(call);
}

const verify = (user: User | null, password: string, answer?: string) =>
  signIn.verify<User>({
    account: 'a@example.com',
    context,
    find: async () => user,
    password,
    ...(answer !== undefined && { second: { given: answer, storedOf: (found) => found.answer } }),
    refusal: (found) => new AppError(found ? 'wrong_password' : 'user_not_registered'),
    rehash: (_user, stored, hash) => note(`store ${hash} for ${stored}`),
  });

it('answers the user and gives the try back when the password is right', async () => {
  const user = { password: 'new:secret' };
  expect(await verify(user, 'secret')).toBe(user);
  expect(calls).toEqual(['take a@example.com 192.0.2.1', 'compare new:secret', 'give back a@example.com']);
});

it('refuses a wrong password and keeps the try', async () => {
  await expect(verify({ password: 'new:secret' }, 'guess')).rejects.toMatchObject({ code: 'wrong_password' });
  expect(calls).toEqual(['take a@example.com 192.0.2.1', 'compare new:secret']);
});

it('compares a dummy for an unknown user and for one without a password', async () => {
  await expect(verify(null, 'secret', 'blue')).rejects.toMatchObject({ code: 'user_not_registered' });
  expect(calls.slice(1)).toEqual(['compare dummy', 'compare dummy']);
  await expect(verify({}, 'secret')).rejects.toMatchObject({ code: 'wrong_password' });
});

it('compares nothing and finds nobody when the budget refuses', async () => {
  const limited = createSignIn({
    passwords,
    budget: { take: () => Promise.reject(new AppError('rate_limited')) },
  });
  const claim = { account: 'a', context, password: 'x' };
  const find = () => Promise.reject(new Error('searched'));
  const refusal = () => new AppError('wrong_password');
  await expect(limited.verify({ ...claim, find, refusal })).rejects.toMatchObject({ code: 'rate_limited' });
  expect(calls).toEqual([]);
});

it('needs both secrets where there are two', async () => {
  const user = { password: 'new:secret', answer: 'new:blue' };
  expect(await verify(user, 'secret', 'blue')).toBe(user);
  await expect(verify(user, 'secret', 'red')).rejects.toMatchObject({ code: 'wrong_password' });
  await expect(verify(user, 'guess', 'blue')).rejects.toMatchObject({ code: 'wrong_password' });
});

it('stores a new hash of a right password only, where the old one is out of date', async () => {
  await expect(verify({ password: 'old:secret' }, 'guess')).rejects.toThrow();
  expect(calls.filter((call) => call.startsWith('store'))).toEqual([]);
  await verify({ password: 'old:secret' }, 'secret');
  expect(calls.at(-1)).toBe('store new:secret for old:secret');
});
