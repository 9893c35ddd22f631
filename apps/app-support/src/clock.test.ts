import { describe, expect, it } from 'vitest';
import { createClock, isTimeZone } from './clock.ts';

describe('the clock', () => {
  it('writes and reads times of its zone', () => {
    const clock = createClock('Asia/Shanghai');
    const time = new Date('2019-05-22T10:20:45.678Z');
    expect(clock.format(time)).toBe('2019-05-22 18:20:45');
    expect(clock.parse('2019-05-22 18:20:45')).toEqual(new Date('2019-05-22T10:20:45Z'));
    expect(clock.format(new Date('2019-12-31T16:00:00Z'))).toBe('2020-01-01 00:00:00');
  });

  it('knows that clocks are put forward and back', () => {
    const clock = createClock('Europe/Berlin');
    expect(clock.parse('2026-03-29 01:59:59')).toEqual(new Date('2026-03-29T00:59:59Z'));
    expect(clock.parse('2026-03-29 03:00:00')).toEqual(new Date('2026-03-29T01:00:00Z'));
    expect(clock.parse('2026-03-29 02:30:00')).toBeUndefined();
    expect(clock.format(clock.parse('2026-10-25 02:30:00') as Date)).toBe('2026-10-25 02:30:00');
  });

  it.each([
    '',
    'soon',
    '2026-02-30 10:00:00',
    '2026-01-01T10:00:00',
    '2026-01-01 25:00:00',
    '2026-13-01 00:00:00',
  ])('does not read %j', (text) => expect(createClock('UTC').parse(text)).toBeUndefined());

  it.each(['9999-12-31 23:59:59', '0000-01-01 00:00:00', '0001-01-01 00:00:00'])(
    'does not read %s, which no other zone can show',
    (text) => {
      for (const zone of ['Asia/Shanghai', 'America/New_York'])
        expect(createClock(zone).parse(text)).toBeUndefined();
    },
  );

  it('knows the zones there are', () => {
    expect([isTimeZone('Asia/Shanghai'), isTimeZone('Asia/Atlantis')]).toEqual([true, false]);
  });
});
