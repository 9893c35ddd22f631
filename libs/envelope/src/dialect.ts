import { catalogue } from './catalogue.ts';
import type { AppError } from './error.ts';

export interface RenderedError {
  status: number;
  body: Record<string, unknown>;
}

/** How one document words success and failure: `apps/<name>/dialect.ts` exports `dialect(options)`. */
export interface Dialect {
  /** Language of the messages that people read. */
  readonly locale: 'en' | 'zh';
  /** Wraps what a handler returned. `path` is the documented path, without the service's prefix. */
  success(result: unknown, path: string): unknown;
  /** Renders an error for a request to `path`. */
  failure(error: AppError, path: string): RenderedError;
}

export interface DialectOptions {
  /** `HTTP_STATUS_MODE=mirror`: outcomes that a document answers with 200 carry their status. */
  mirrorStatus?: boolean;
}

/** Makes the dialect of a service. */
export type DialectFactory = (options?: DialectOptions) => Dialect;

/** The text a person reads: the thrower's, else the catalogue's in the dialect's language. */
export function wording(error: AppError, locale: 'en' | 'zh'): string {
  return error.worded ? error.message : catalogue[error.code][locale];
}

/** The status of an error in a document that answers business outcomes with 200 and a code of its own. */
export function outcomeStatus(error: AppError, { mirrorStatus = false }: DialectOptions): number {
  const entry = catalogue[error.code];
  return error.status ?? (entry.kind === 'business' && !mirrorStatus ? 200 : entry.status);
}
