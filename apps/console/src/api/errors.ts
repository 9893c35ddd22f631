/** A refusal or failure as pages show it, from whichever of the four envelopes it came. */
export class ApiError extends Error {
  readonly status: number;
  /** The error's name in the catalogue, where the server says it. */
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  /** Seconds until a repeat makes sense. */
  readonly retryAfter: number | undefined;
  /** What is wrong with single fields or rows. */
  readonly fields: readonly FieldError[];

  constructor(message: string, details: ApiErrorDetails) {
    super(message);
    this.name = 'ApiError';
    this.status = details.status;
    this.code = details.code;
    this.requestId = details.requestId;
    this.retryAfter = details.retryAfter;
    this.fields = details.fields ?? [];
  }
}

export interface FieldError {
  field: string;
  message: string;
}

interface ApiErrorDetails {
  status: number;
  code?: string | undefined;
  requestId?: string | undefined;
  retryAfter?: number | undefined;
  fields?: readonly FieldError[] | undefined;
}

interface Envelope {
  code?: number;
  message?: string;
  detail?: string;
  stat?: boolean;
  errors?: FieldError[];
}

/** Whether an answer is a failure: documents 001 and 004 answer business failures with status 200. */
export function isFailure(status: number, body: unknown): boolean {
  if (status >= 400) return true;
  const code = (body as Envelope | null | undefined)?.code;
  return typeof code === 'number' && code !== 0;
}

export function toApiError(response: Response, body: unknown): ApiError {
  const envelope = (typeof body === 'object' && body !== null ? body : {}) as Envelope;
  const header = (name: string) => response.headers.get(name) ?? undefined;
  const wait = Number(header('retry-after'));
  return new ApiError(envelope.detail ?? envelope.message ?? `HTTP ${response.status}`, {
    status: response.status,
    code: header('x-error-code'),
    requestId: header('x-request-id'),
    retryAfter: Number.isFinite(wait) && wait > 0 ? wait : undefined,
    fields: envelope.errors,
  });
}
