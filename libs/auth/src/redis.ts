import { AppError } from '@portico/envelope';
import type { Redis } from 'ioredis';

/** A script that Redis runs as one step: `[keys], [arguments]` in, its answer out. */
export type RedisScript<Answer> = (
  keys: readonly string[],
  values: readonly (string | number)[],
) => Promise<Answer>;

/**
 * Registers a Lua script on a connection; it is sent once and named by its digest after that.
 *
 * @param name unique on the connection
 */
export function redisScript<Answer>(redis: Redis, name: string, lua: string): RedisScript<Answer> {
  redis.defineCommand(name, { lua });
  const command = (redis as unknown as Record<string, (...values: unknown[]) => Promise<Answer>>)[name];
  return (keys, values) => failClosed(async () => command?.call(redis, keys.length, ...keys, ...values));
}

/**
 * Runs a question to Redis on which access depends. No answer is not a yes: the caller is told 503
 * (reliability and security floor).
 */
export async function failClosed<Answer>(ask: () => Promise<unknown>): Promise<Answer> {
  try {
    return (await ask()) as Answer;
  } catch (cause) {
    // Redis understood and refused: a defect of ours, not its absence.
    if (cause instanceof Error && cause.name === 'ReplyError' && cause.message.startsWith('ERR')) throw cause;
    throw new AppError('unavailable', { retryAfter: 2, cause });
  }
}
