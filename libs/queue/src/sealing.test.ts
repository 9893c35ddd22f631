import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createMessageSealer, createSealer, sealingKeys } from './index.ts';

const key = (id: string) => ({ id, key: randomBytes(32) });
const old = key('2025');
const current = key('2026');

describe('sealing', () => {
  it('hides a value and opens it again where it belongs', () => {
    const sealer = createSealer([current]);
    const sealed = sealer.seal('sms', 'message-1', { code: '493817' });
    expect(sealed).toMatch(/^v1\.2026\.[A-Za-z0-9_-]+$/);
    expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64url').toString('latin1')).not.toContain('493817');
    expect(sealer.open('sms', 'message-1', sealed)).toEqual({ code: '493817' });
  });

  it('refuses a value that was altered, moved to another queue or given another id', () => {
    const sealer = createSealer([current]);
    const sealed = sealer.seal('sms', 'message-1', 'x');
    const altered = sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA');
    expect(() => sealer.open('sms', 'message-1', altered)).toThrow();
    expect(() => sealer.open('email', 'message-1', sealed)).toThrow();
    expect(() => sealer.open('sms', 'message-2', sealed)).toThrow();
  });

  it('rotates: the first key seals, every listed key opens, a dropped one does not', () => {
    const before = createSealer([old]).seal('sms', 'message-1', 'x');
    const rotated = createSealer([current, old]);
    expect(rotated.open('sms', 'message-1', before)).toBe('x');
    expect(rotated.seal('sms', 'message-1', 'x')).toContain('v1.2026.');
    expect(() => createSealer([current]).open('sms', 'message-1', before)).toThrow('unknown key: v1.2025');
  });

  it('reads its keys from the environment and names what is wrong with them', () => {
    const text = current.key.toString('base64');
    expect(
      sealingKeys()
        .parse(`a:${text}, b:${text}`)
        .map(({ id }) => id),
    ).toEqual(['a', 'b']);
    expect(sealingKeys().safeParse(text).success).toBe(false);
    expect(sealingKeys().safeParse('a:c2hvcnQ=').success).toBe(false);
    expect(sealingKeys().safeParse(`a:${text},a:${text}`).error?.issues[0]?.message).toBe(
      'must not name an id twice',
    );
  });
});

describe('messages', () => {
  const messages = createMessageSealer('app-support', createSealer([current]));

  it('come back as they were said, with id, time and service', () => {
    const job = messages.close({
      channel: 'sms',
      to: '+8613800000000',
      template: 'verification-code',
      locale: 'zh',
      data: { code: '493817', minutes: 10, purpose: 'register' },
      requestId: 'request-1',
    });
    expect(job).toEqual({
      id: expect.any(String) as string,
      service: 'app-support',
      requestId: 'request-1',
      sealed: expect.any(String) as string,
    });
    expect(messages.open('sms', job)).toMatchObject({
      id: job.id,
      to: '+8613800000000',
      data: { minutes: 10 },
    });
    expect(() => messages.open('email', job)).toThrow();
  });

  it('cannot leave out what their template says', () => {
    const data = { code: '1' } as unknown as { code: string; minutes: number };
    expect(() =>
      messages.close({ channel: 'email', to: 'a@b.c', template: 'password-reset', locale: 'en', data }),
    ).toThrow('minutes');
  });
});
