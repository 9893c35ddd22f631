import { catalogue, type ErrorCode } from './catalogue.ts';

export interface AppErrorOptions {
  /** What the client reads; the catalogue's own wording where it is missing. */
  message?: string;
  /** The field at fault, as the client wrote it. */
  field?: string;
  /** Overrides the status of catalogue and dialect. */
  status?: number;
  /** Seconds until a repeat makes sense; becomes `Retry-After`. */
  retryAfter?: number;
  /** Further headers of the answer. */
  headers?: Record<string, string>;
  /** Further members of the body, beside those of the envelope. */
  extra?: Record<string, unknown>;
  cause?: unknown;
}

/** An error with a name from the catalogue; everything else that is thrown is a defect and answered 500. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;
  readonly headers: Record<string, string>;
  readonly extra: Record<string, unknown>;
  /** Whether somebody chose the message, as against the catalogue's wording. */
  readonly worded: boolean;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(options.message ?? catalogue[code].en, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.worded = options.message !== undefined;
    this.field = options.field;
    this.status = options.status;
    this.retryAfter = options.retryAfter;
    this.headers = options.headers ?? {};
    this.extra = options.extra ?? {};
  }
}

/** The refusal of one field, in the wording of the caller. */
export function invalidField(field: string, message: string): AppError {
  return new AppError('invalid_params', { field, message });
}
