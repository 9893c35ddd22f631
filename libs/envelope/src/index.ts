export { catalogue } from './catalogue.ts';
export type { ErrorCode } from './catalogue.ts';
export { outcomeStatus, wording } from './dialect.ts';
export type { Dialect, DialectFactory, DialectOptions, RenderedError } from './dialect.ts';
export { AppError, invalidField } from './error.ts';
export type { AppErrorOptions } from './error.ts';
