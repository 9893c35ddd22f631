/*
 * Times are milliseconds that the caller passes, so that what a script decides depends on its arguments alone. What
 * Redis itself expires is only what no decision can need any more.
 *
 * A bucket is a number: the time at which it is full again. It admits `burst` guesses at once, and one more for each
 * interval, so that no hour sees more than the burst and an hour's intervals.
 */
const buckets = `
local now = tonumber(ARGV[1])
local function full(key)
  local at = tonumber(redis.call('GET', key) or '0')
  if at < now then return now end
  return at
end
local function wait(key, burst, interval)
  return full(key) - (burst - 1) * interval - now
end
local function move(key, by)
  local at = full(key) + by
  if at > now then redis.call('SET', key, at, 'PX', math.ceil(at - now)) else redis.call('DEL', key) end
end
`;

/**
 * Takes one guess, by the first way that is open to it: as a device that signed in before, from an address that the
 * account is used from, else as a stranger.
 *
 * KEYS: 1 bucket of the account's devices; 2 bucket of its addresses; 3 set while the address is one of them;
 * 4 bucket of the address over all accounts; 5 wrong guesses of this address for this account; 6 bucket of the
 * account for strangers.
 * ARGV: 1 now; 2 whether the device is known; burst and interval of 3, 4 devices and addresses; 5, 6 an address;
 * 7, 8 strangers; 9 guesses of a stranger before the first delay; 10 the longest delay.
 * Answers the way and how long to wait: 0 where the guess was taken.
 */
export const takeScript = `${buckets}
local burst, interval = tonumber(ARGV[3]), tonumber(ARGV[4])
if ARGV[2] == '1' and wait(KEYS[1], burst, interval) <= 0 then
  move(KEYS[1], interval)
  return {'device', 0}
end
if redis.call('EXISTS', KEYS[3]) == 1 and wait(KEYS[2], burst, interval) <= 0 then
  move(KEYS[2], interval)
  return {'known', 0}
end
local ofAddress = wait(KEYS[4], tonumber(ARGV[5]), tonumber(ARGV[6]))
if ofAddress > 0 then return {'address', math.ceil(ofAddress)} end
local delayed = tonumber(redis.call('HGET', KEYS[5], 'next') or '0') - now
if delayed > 0 then return {'address', math.ceil(delayed)} end
local ofAccount = wait(KEYS[6], tonumber(ARGV[7]), tonumber(ARGV[8]))
if ofAccount > 0 then return {'account', math.ceil(ofAccount)} end
move(KEYS[4], tonumber(ARGV[6]))
move(KEYS[6], tonumber(ARGV[8]))
local guesses = redis.call('HINCRBY', KEYS[5], 'guesses', 1)
local more = guesses - tonumber(ARGV[9])
if more >= 0 then
  redis.call('HSET', KEYS[5], 'next', now + math.min(tonumber(ARGV[10]), 1000 * 2 ^ math.min(more, 20)))
end
redis.call('PEXPIRE', KEYS[5], 3600000)
return {'stranger', 0}
`;

/**
 * Gives a guess back that was right, and remembers the address.
 *
 * KEYS: as above. ARGV: 1 now; 2 the way; intervals of 3 devices and addresses, 4 an address, 5 strangers; 6 for how
 * long an address is remembered.
 */
export const succeededScript = `${buckets}
if ARGV[2] == 'device' then move(KEYS[1], -tonumber(ARGV[3])) end
if ARGV[2] == 'known' then move(KEYS[2], -tonumber(ARGV[3])) end
if ARGV[2] == 'stranger' then
  move(KEYS[4], -tonumber(ARGV[4]))
  move(KEYS[6], -tonumber(ARGV[5]))
end
redis.call('DEL', KEYS[5])
redis.call('SET', KEYS[3], 1, 'PX', ARGV[6])
return 0
`;
