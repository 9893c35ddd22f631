import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isOrdinary, momentField } from './moment-field.ts';
import { lineField, linesField, visibleText } from './text-fields.ts';

describe('visibleText', () => {
  it.each([
    ['a bidirectional override', 'invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['isolates', '\u2066admin\u2069', 'admin'],
    ['directional marks', 'a\u200E\u200F\u061Cb', 'ab'],
    ['a zero-width space', 'ad\u200Bmin', 'admin'],
    ['a byte order mark', '\uFEFFadmin', 'admin'],
    ['a word joiner', 'ad\u2060min', 'admin'],
    ['a soft hyphen', 'ad\u00ADmin', 'admin'],
    ['a joiner between Latin letters', 'ad\u200Dmin', 'admin'],
    ['a non-joiner between Latin letters', 'ad\u200Cmin', 'admin'],
    ['fillers', '\u3164\u115F\u1160\uFFA0\u2800', ''],
    ['letters of tags', 'x\u{E0061}\u{E0062}', 'x'],
    ['a variation selector without a character', '\uFE0F\uFE0Fx', 'x'],
    ['annotations', '\uFFF9a\uFFFAb\uFFFB', 'ab'],
  ])('takes %s out', (_, text, visible) => {
    expect(visibleText(text)).toBe(visible);
  });

  it.each([
    ['a family of emoji', '👨‍👩‍👧‍👦'],
    ['an emoji with a skin tone and a profession', '👩🏽‍💻'],
    ['a rainbow flag', '🏳️‍🌈'],
    ['a heart in colour', '❤️'],
    ['the flag of Scotland', '🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}'],
    ['a Persian non-joiner', 'می\u200Cخواهم'],
    ['a Hindi joiner', 'क्\u200Dष'],
    ['an ideograph with a variation', '葛\u{E0100}'],
    ['Chinese, Arabic and Hebrew', '云服务合同 عقد חוזה'],
  ])('keeps %s', (_, text) => {
    expect(visibleText(text)).toBe(text);
  });
});

describe('lineField and linesField', () => {
  it.each(['a\0b', 'a\nb', 'a\tb', 'a\u001b[31m', 'a\u0085b', 'a\u2028b', 'a\u007f'])(
    'refuse %j as a name',
    (text) => {
      const parsed = z.object({ name: lineField(1, 10) }).safeParse({ name: text });
      expect(parsed.error?.issues[0]?.message).toBe('name: 不能包含控制字符');
    },
  );

  it('take line breaks in a text of several lines, and nothing else that controls', () => {
    expect(linesField(1, 10).parse('a\r\n\tb')).toBe('a\r\n\tb');
    for (const text of ['a\0b', 'a\u001b', 'a\u009b'])
      expect(linesField(1, 10).safeParse(text).success, text).toBe(false);
  });

  it('refuse a name of which nothing is seen', () => {
    expect(lineField(1, 10).safeParse(' \u200B\u3164 ').success).toBe(false);
  });
});

describe('momentField', () => {
  it('takes moments that can be computed with', () => {
    expect(momentField().parse('2026-11-28T08:00:00+08:00')).toEqual(new Date('2026-11-28T00:00:00Z'));
  });

  it.each([
    '9999-12-31T23:59:59-12:00',
    '0000-01-01T00:00:00Z',
    '0000-02-30T00:00:00+23:59',
    '2026-11-28T00:00:00',
    '2026-11-28',
    'NaN',
  ])('refuses %s', (text) => {
    expect(momentField().safeParse(text).success).toBe(false);
  });

  it('tells that what is no date is not ordinary', () => {
    expect(isOrdinary(new Date(Number.NaN))).toBe(false);
  });
});
