import type { Cause } from '@portico/queue';
import { describe, expect, it } from 'vitest';
import { channelRefusal, holdMs, recipientRefusal, type Outcome } from './channel-state.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const outcome = (status: Outcome['status'], cause: Cause | null = null, age = 1000): Outcome => ({
  status,
  cause,
  outcomeAt: new Date(now - age),
});

describe('a channel', () => {
  it.each([
    ['sms', 'out_of_credit', 'sms_out_of_credit'],
    ['sms', 'provider_error', 'sms_failed'],
    ['sms', 'unavailable', 'sms_unavailable'],
    ['email', 'unavailable', 'mail_unavailable'],
    ['email', 'out_of_credit', 'mail_unavailable'],
  ] as const)('%s with %s is closed with %s for the rest of a minute', (channel, cause, error) => {
    for (const status of ['failed', 'retrying'] as const) {
      expect(channelRefusal(channel, [outcome(status, cause)], now)).toEqual({
        error,
        cause,
        waitMs: holdMs - 1000,
      });
      expect(channelRefusal(channel, [outcome(status, cause, holdMs)], now)).toBeUndefined();
    }
  });

  it('is closed by a provider that is busy, not by one that has seen a number too often', () => {
    expect(channelRefusal('sms', [outcome('retrying', 'rate_limited')], now)?.error).toBe('sms_failed');
    expect(channelRefusal('sms', [outcome('failed', 'rate_limited')], now)).toBeUndefined();
    expect(recipientRefusal('sms', outcome('failed', 'rate_limited'), now)?.error).toBe('sms_failed');
    expect(recipientRefusal('sms', outcome('retrying', 'rate_limited'), now)).toBeUndefined();
  });

  it('is opened by a success', () => {
    expect(
      channelRefusal('sms', [outcome('sent'), outcome('failed', 'unavailable', 2000)], now),
    ).toBeUndefined();
  });

  it('is closed by nobody who has one message refused, but by a provider that refuses all', () => {
    const refused = outcome('failed', 'rejected');
    expect(channelRefusal('sms', [refused], now)).toBeUndefined();
    expect(channelRefusal('sms', [refused, refused, outcome('sent')], now)).toBeUndefined();
    expect(channelRefusal('sms', [refused, refused, refused], now)?.error).toBe('sms_failed');
  });
});

describe('an address', () => {
  it('is closed while the last message to it was refused', () => {
    expect(recipientRefusal('sms', outcome('invalid', 'invalid_recipient'), now)?.error).toBe('sms_failed');
    expect(recipientRefusal('email', outcome('failed', 'rejected'), now)?.error).toBe('mail_unavailable');
    expect(recipientRefusal('sms', outcome('failed', 'rejected', holdMs), now)).toBeUndefined();
    expect(recipientRefusal('sms', outcome('sent'), now)).toBeUndefined();
    expect(recipientRefusal('sms', null, now)).toBeUndefined();
  });
});
