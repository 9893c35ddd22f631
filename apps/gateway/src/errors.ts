import { catalogue, type AppError, type Dialect } from '@portico/envelope';

/** An answer that the gateway gives itself. */
export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

/** Where a request was addressed to, as far as it is known. */
export interface Addressee {
  service: string;
  /** The documented path, without the service's prefix. */
  path: string;
}

/**
 * Renders an error in the dialect of the service that was addressed. Where none was, the body has the members that the
 * clients of all documents read.
 */
export type Renderer = (error: AppError, addressee?: Addressee) => Refusal;

export function createRenderer(dialects: ReadonlyMap<string, Dialect>): Renderer {
  return (error, addressee) => {
    const dialect = addressee && dialects.get(addressee.service);
    const rendered = dialect ? dialect.failure(error, addressee.path) : general(error);
    const headers: Record<string, string> = { ...error.headers };
    if (error.retryAfter !== undefined) headers['Retry-After'] = String(Math.ceil(error.retryAfter));
    return { ...rendered, headers };
  };
}

export function general(error: AppError) {
  const status = error.status ?? catalogue[error.code].status;
  const { message } = error;
  return {
    status,
    body: { success: false, code: status, message, detail: message, data: null, ...error.extra },
  };
}
