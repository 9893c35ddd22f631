import { catalogue } from './catalogue.ts';
import type { AppError } from './error.ts';

/** The four services behind the gateway, by the name of their app and path prefix. */
export const serviceNames = ['account-pool', 'sms-phone', 'customer-service', 'app-support'] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface RenderedError {
  status: number;
  body: Record<string, unknown>;
}

/** How one document words success and failure. */
export interface Dialect {
  readonly service: ServiceName;
  /** Language of the messages that people read. */
  readonly locale: 'en' | 'zh';
  /** Wraps what a handler returned. `path` is the documented path, without the service's prefix. */
  success(result: unknown, path: string): unknown;
  /** Renders an error for a request to `path`. */
  failure(error: AppError, path: string): RenderedError;
}

export interface DialectOptions {
  /** `HTTP_STATUS_MODE=mirror`: business outcomes of documents 001 and 004 carry a status instead of 200. */
  mirrorStatus?: boolean;
}

/** The text a person reads: the thrower's, else the catalogue's in the dialect's language. */
export function wording(error: AppError, locale: 'en' | 'zh'): string {
  return error.worded ? error.message : catalogue[error.code][locale];
}
