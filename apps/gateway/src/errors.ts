import { type AppError, catalogue } from '@portico/envelope';
import { dialects, type ServiceName } from './services.ts';

/** An answer that the gateway gives itself. */
export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

/** Where a request was addressed to, as far as it is known. */
export interface Addressee {
  service: ServiceName;
  /** The documented path, without the service's prefix. */
  path: string;
}

/**
 * Renders an error in the dialect of the service that was addressed (contract: rules, 6). Where no service was, the
 * body has the members that the clients of all four documents read.
 */
export function refusalOf(error: AppError, addressee?: Addressee): Refusal {
  const rendered = addressee ? dialects[addressee.service].failure(error, addressee.path) : general(error);
  const headers: Record<string, string> = { ...error.headers };
  if (error.retryAfter !== undefined) headers['Retry-After'] = String(Math.ceil(error.retryAfter));
  return { ...rendered, headers };
}

function general(error: AppError) {
  const status = error.status ?? catalogue[error.code].status;
  const message = error.message;
  return {
    status,
    body: { success: false, code: status, message, detail: message, data: null, ...error.extra },
  };
}
