/*
 * Times are milliseconds that the caller passes, so that what a script decides depends on its arguments alone. What
 * Redis itself expires is only what no decision can need any more.
 */

/**
 * Takes a slot of the send limits and stores the code, or answers how many milliseconds to wait.
 *
 * KEYS: 1 times of sending to the address, newest last; 2 the code of address and purpose.
 * ARGV: 1 now, 2 digest of the code, 3 its lifetime, then pairs of limits: sends, and the window they may fall into.
 */
export const issueScript = `
local now, digest, lifetime = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local wait, most, longest = 0, 0, 0
for i = 4, #ARGV, 2 do
  local sends, window = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  local nth = tonumber(redis.call('LINDEX', KEYS[1], -sends) or '')
  if nth and nth + window - now > wait then wait = nth + window - now end
  if sends > most then most = sends end
  if window > longest then longest = window end
end
if wait > 0 then return wait end
redis.call('RPUSH', KEYS[1], now)
redis.call('LTRIM', KEYS[1], -most, -1)
redis.call('PEXPIRE', KEYS[1], longest)
redis.call('HSET', KEYS[2], 'digest', digest, 'expires', now + lifetime)
redis.call('PEXPIRE', KEYS[2], lifetime)
return 0
`;

/**
 * Counts a try, then compares; a code that is consumed is gone for everybody else.
 *
 * The last tries of address and purpose are a list of their own: a resend replaces the code and leaves them alone.
 * Their window is as long as a code lives, so no code is ever compared more often than there are tries.
 *
 * KEYS: 1 the code of address and purpose, 2 times of the last tries.
 * ARGV: 1 now, 2 digest of what was submitted, 3 tries, 4 the window they may fall into, 5 whether to consume.
 * Answers 1 for the right code, else 0. Where there is no code nothing is compared, and nothing counted.
 */
export const tryScript = `
local now, tries, window = tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[4])
local expires = tonumber(redis.call('HGET', KEYS[1], 'expires') or '')
if not expires or expires <= now then return 0 end
local oldest = tonumber(redis.call('LINDEX', KEYS[2], -tries) or '')
if oldest and oldest + window > now then return 0 end
redis.call('RPUSH', KEYS[2], now)
redis.call('LTRIM', KEYS[2], -tries, -1)
redis.call('PEXPIRE', KEYS[2], window)
if redis.call('HGET', KEYS[1], 'digest') ~= ARGV[2] then return 0 end
if ARGV[5] == '1' then redis.call('DEL', KEYS[1]) end
return 1
`;
