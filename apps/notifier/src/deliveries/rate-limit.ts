import type { Redis } from 'ioredis';

/** Milliseconds until a message may go to its provider; its place is taken only when that is soon. */
export type RateLimit = (provider: string) => Promise<number>;

/**
 * The generic cell rate algorithm: one timestamp per provider says when the next message may go. KEYS[1] is it,
 * ARGV are the milliseconds between two messages and how far ahead a place may be taken.
 */
const script = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local free = tonumber(redis.call('GET', KEYS[1]) or '0')
if free < now then free = now end
local wait = free - now
if wait <= tonumber(ARGV[2]) then
  redis.call('SET', KEYS[1], string.format('%.3f', free + tonumber(ARGV[1])), 'PX', 60000)
end
return string.format('%.0f', math.ceil(wait))
`;

/** How long a message waits in hand for its turn; beyond that it goes back to the queue. */
export const longestWaitMs = 1000;

/** Holds providers to their rates (messages per second), over all processes together. */
export function createRateLimit(redis: Redis, prefix: string, rates: ReadonlyMap<string, number>): RateLimit {
  return async (provider) => {
    const rate = rates.get(provider);
    if (rate === undefined) return 0;
    const key = `${prefix}:provider-rate:${provider}`;
    return Number(await redis.eval(script, 1, key, String(1000 / rate), String(longestWaitMs)));
  };
}
