import { Redis } from 'ioredis';

export interface RedisOptions {
  url: string;
  /** Shown in `CLIENT LIST`. */
  name: string;
  onError?: (error: unknown) => void;
}

/**
 * A connection for commands of requests: fails at once while Redis is away instead of queueing, and comes back
 * by itself. Workers that block on Redis make their own through BullMQ.
 */
export function connectRedis({ url, name, onError }: RedisOptions): Redis {
  const redis = new Redis(url, {
    connectionName: name,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 1500,
    connectTimeout: 1500,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2000),
  });
  redis.on('error', (error: unknown) => onError?.(error));
  return redis;
}

/** Why Redis cannot serve now, or undefined. Answers within two seconds. */
export async function redisReadiness(redis: Redis): Promise<string | undefined> {
  try {
    await redis.ping();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
