import { describe, expect, it } from 'vitest';
import { createPhones } from '../phones/phones.ts';
import { choose, matches } from './matching.ts';

const rules = (change = {}) => ({ signatures: [], senders: [], pattern: null, ...change });
const form = (sender: string) => createPhones('CN').sender(sender);
const message = { from: '10690000', text: '【淘宝】您的验证码是123456' };

describe('a project', () => {
  it.each([
    [{}, true],
    [{ signatures: ['【淘宝】'] }, true],
    [{ signatures: ['【京东】', '【淘宝】'] }, true],
    [{ signatures: ['【京东】'] }, false],
    [{ senders: ['10690000'] }, true],
    [{ senders: ['10690001'] }, false],
    [{ senders: ['+8610690000'] }, true],
    [{ pattern: '验证码是\\d{6}' }, true],
    [{ pattern: '^\\d+$' }, false],
    [{ signatures: ['【淘宝】'], senders: ['10690001'] }, false],
  ])('with the rules %j takes the message: %s', (change, expected) => {
    expect(matches(rules(change), message, form)).toBe(expected);
  });

  it('with a pattern that would take ages elsewhere takes none', () => {
    // A matcher that goes back would not end.
    expect(matches(rules({ pattern: '(a+)+$' }), { from: 'x', text: `${'a'.repeat(1900)}!` }, form)).toBe(
      false,
    );
  });
});

describe('of several leases', () => {
  const projects = new Map([
    ['taobao', rules({ signatures: ['【淘宝】'] })],
    ['taobao2', rules({ senders: ['10690000'] })],
    ['jd', rules({ signatures: ['【京东】'] })],
    ['any', rules()],
    ['any2', rules()],
  ]);
  it.each([
    [['taobao', 'jd', 'any'], 'taobao'],
    [['jd', 'any'], 'any'],
    [['jd'], 'no project matches'],
    [[], 'no lease'],
    [['any', 'any2'], 'several projects match'],
    [['taobao', 'taobao2'], 'several projects match'],
    [['unknown'], 'no project matches'],
  ])('%j: %s', (ids, expected) => {
    const chosen = choose(
      ids.map((projectId) => ({ projectId })),
      projects,
      message,
      form,
    );
    expect('lease' in chosen ? chosen.lease.projectId : chosen.reason).toBe(expected);
  });
});
