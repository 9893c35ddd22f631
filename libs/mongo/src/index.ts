export { createMongo } from './connection.ts';
export type { Mongo, MongoOptions } from './connection.ts';
export { isDuplicateKey, translateMongoError } from './errors.ts';
export { containsText, pageCount, pageNumber } from './page.ts';
export type { Page, PageRequest } from './page.ts';
export { createSequence } from './sequence.ts';
export type { Sequence } from './sequence.ts';
export { bulkTime, searchTime } from './time-limits.ts';
export type { WithTransaction } from './transactions.ts';
