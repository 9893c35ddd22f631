import { AppError, type ErrorCode } from '@portico/envelope';

/** Knows the errors of one dependency; answers undefined for others. */
export type ErrorTranslator = (thrown: unknown) => AppError | undefined;

/** The errors of body-parser and of Express's router, by their `type` or status. */
const bodyErrors: Record<string, ErrorCode> = {
  'entity.parse.failed': 'malformed_json',
  'entity.verify.failed': 'bad_request',
  'entity.too.large': 'payload_too_large',
  'encoding.unsupported': 'unsupported_media_type',
  'charset.unsupported': 'unsupported_media_type',
  'parameters.too.many': 'payload_too_large',
  'request.size.invalid': 'bad_request',
  'request.aborted': 'bad_request',
};

/** Names whatever was thrown. What nobody knows is `internal`, with the cause kept for the log. */
export function toAppError(thrown: unknown, translators: readonly ErrorTranslator[]): AppError {
  if (thrown instanceof AppError) return thrown;
  for (const translate of translators) {
    const known = translate(thrown);
    if (known) return known;
  }
  const { type, status } = (thrown ?? {}) as { type?: unknown; status?: unknown };
  if (typeof type === 'string' && bodyErrors[type]) return new AppError(bodyErrors[type], { cause: thrown });
  // Express's router throws plain errors with a status for paths that do not decode.
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new AppError('bad_request', { cause: thrown });
  return new AppError('internal', { cause: thrown });
}
