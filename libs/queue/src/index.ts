export { connectRedis, redisReadiness } from './redis.ts';
export type { RedisOptions } from './redis.ts';
