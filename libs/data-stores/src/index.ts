export { startMongo } from './mongo.ts';
export { endProcess, findProgram, freePort } from './processes.ts';
export type { StoreProcess } from './processes.ts';
export { redisPrograms, startRedis } from './redis.ts';
