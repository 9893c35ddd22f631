import { AppError } from '@portico/envelope';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createPasswords, passwordField, type Passwords, type PasswordsOptions } from '../index.ts';

const opened: Passwords[] = [];
function passwordsWith(options: Partial<PasswordsOptions> = {}): Passwords {
  const passwords = createPasswords({
    peppers: [{ id: 'p1', secret: 'pepper one' }],
    cost: 4,
    threads: 1,
    maxQueue: 100,
    longestWaitMs: 60_000,
    ...options,
  });
  opened.push(passwords);
  return passwords;
}
afterAll(() => Promise.all(opened.map((passwords) => passwords.close())));

const passwords = passwordsWith();

describe('a stored password', () => {
  it('names its scheme and pepper, and is salted', async () => {
    const [first, second] = await Promise.all([
      passwords.hash('correct horse'),
      passwords.hash('correct horse'),
    ]);
    expect(first).toMatch(/^v1\$p1\$\$2b\$04\$.{53}$/);
    expect(first).not.toBe(second);
    expect(await passwords.verify(first, 'correct horse')).toBe(true);
    expect(await passwords.verify(first, 'correct Horse')).toBe(false);
  });

  it('depends on every one of 128 Chinese characters', async () => {
    const text = '密'.repeat(127);
    const stored = await passwords.hash(`${text}码`);
    expect(await passwords.verify(stored, `${text}码`)).toBe(true);
    expect(await passwords.verify(stored, `${text}马`)).toBe(false);
    expect(await passwords.verify(stored, text)).toBe(false);
  });

  it('depends on what stands after a zero character', async () => {
    const stored = await passwords.hash('before\0after');
    expect(await passwords.verify(stored, 'before\0other')).toBe(false);
  });

  it('is the same for both ways of writing an accented letter', async () => {
    const stored = await passwords.hash('caf\u00e9 au lait');
    expect(await passwords.verify(stored, 'cafe\u0301 au lait')).toBe(true);
  });

  it('is useless without its pepper', async () => {
    const stored = await passwords.hash('correct horse');
    const elsewhere = passwordsWith({ peppers: [{ id: 'p1', secret: 'another pepper' }] });
    expect(await elsewhere.verify(stored, 'correct horse')).toBe(false);
    const without = passwordsWith({ peppers: [{ id: 'p2', secret: 'pepper two' }] });
    await expect(without.verify(stored, 'correct horse')).rejects.toThrow('no pepper has the id p1');
  });

  it('outlives a new pepper and is due for a new hash then, as for a new cost', async () => {
    const stored = await passwords.hash('correct horse');
    const rotated = passwordsWith({
      peppers: [
        { id: 'p2', secret: 'pepper two' },
        { id: 'p1', secret: 'pepper one' },
      ],
    });
    expect(await rotated.verify(stored, 'correct horse')).toBe(true);
    expect([passwords.needsRehash(stored), rotated.needsRehash(stored)]).toEqual([false, true]);
    expect(passwordsWith({ cost: 5 }).needsRehash(stored)).toBe(true);
    expect(await rotated.hash('correct horse')).toMatch(/^v1\$p2\$/);
  });

  it('of an unknown scheme is an error, not a wrong password', async () => {
    await expect(passwords.verify('v9$p1$abc', 'x')).rejects.toThrow('unknown scheme');
  });
});

describe('an unknown user', () => {
  it('is refused whatever the password', async () => {
    expect(await passwords.verifyOrDummy(undefined, 'correct horse')).toBe(false);
    const stored = await passwords.hash('correct horse');
    expect(await passwords.verifyOrDummy(stored, 'correct horse')).toBe(true);
  });

  it('costs the same time as a wrong password', async () => {
    const slow = passwordsWith({ cost: 8 });
    const stored = await slow.hash('correct horse');
    const timeOf = async (given: string | undefined) => {
      const started = performance.now();
      await slow.verifyOrDummy(given, 'wrong');
      return performance.now() - started;
    };
    // The quickest of ever more: the machine may do something else meanwhile. Without the dummy it is below 0.01.
    const quickest = { unknown: Infinity, known: Infinity };
    const ratio = async () => {
      quickest.unknown = Math.min(quickest.unknown, await timeOf(undefined));
      quickest.known = Math.min(quickest.known, await timeOf(stored));
      return quickest.unknown / quickest.known;
    };
    await expect.poll(async () => Math.abs(Math.log2(await ratio()))).toBeLessThan(1.3);
  });
});

describe('a flood of logins', () => {
  it('is told to come back later, at once, while those in the queue are served', async () => {
    const busy = passwordsWith({ cost: 8, maxQueue: 5 });
    const stored = await busy.hash('correct horse');
    const order: unknown[] = [];
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () =>
        busy
          .verify(stored, 'correct horse')
          .catch((error: unknown) => error as AppError)
          .then((outcome) => {
            order.push(outcome);
            return outcome;
          }),
      ),
    );
    const refusals = outcomes.filter((outcome) => outcome instanceof AppError);
    // One at work, five waiting.
    expect(outcomes.filter((outcome) => outcome === true)).toHaveLength(6);
    expect(refusals).toHaveLength(94);
    expect(refusals[0]).toMatchObject({ code: 'rate_limited' });
    expect(refusals[0]?.retryAfter).toBeGreaterThanOrEqual(1);
    expect(order.slice(0, 94)).toEqual(refusals);
    expect(await busy.verify(stored, 'correct horse')).toBe(true);
  });
});

describe('the length of a password', () => {
  const field = passwordField({ tooShort: 'short', tooLong: 'long' });
  const complaint = (password: string) => field.safeParse(password).error?.issues[0]?.message;

  it('is 8 to 128 characters, as people count them', () => {
    expect(complaint('密'.repeat(7))).toBe('short');
    expect(complaint('密'.repeat(8))).toBeUndefined();
    expect(complaint('🦀'.repeat(128))).toBeUndefined();
    expect(complaint('🦀'.repeat(129))).toBe('long');
  });

  it('is documented, and spaces are part of it', () => {
    expect(z.toJSONSchema(field)).toMatchObject({ type: 'string', minLength: 8, maxLength: 128 });
    expect(field.parse('  secret  ')).toBe('  secret  ');
  });
});
