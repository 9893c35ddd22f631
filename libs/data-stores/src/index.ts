export { backupMongo, launchMongo, startMongo } from './mongo.ts';
export { freePort, isFree } from './ports.ts';
export { endProcess, findProgram } from './processes.ts';
export type { StoreLaunch, StoreProcess } from './processes.ts';
export { launchRedis, redisPrograms, startRedis } from './redis.ts';
