import { outcomeStatus, wording, type Dialect, type DialectOptions, type ErrorCode } from '@portico/envelope';

/** Document 001, 业务状态码. */
const businessCodes: Partial<Record<ErrorCode, number>> = {
  not_found: 1001,
  route_not_found: 1001,
  invalid_params: 2001,
  malformed_json: 2001,
  bad_request: 2001,
  payload_too_large: 2001,
  unsupported_media_type: 2001,
  length_required: 2001,
  method_not_allowed: 2001,
  conflict: 3001,
  unauthenticated: 4001,
  permission_denied: 4001,
  account_disabled: 4001,
};
const businessError = 5001;

/** `{code, message, data}` (document 001, 通用响应格式). Handlers return `{ message?, data }`. */
export function dialect(options: DialectOptions = {}): Dialect {
  return {
    locale: 'en',
    success(result) {
      const { message = 'Success', data } = result as { message?: string; data: unknown };
      return { code: 0, message, data };
    },
    failure(error) {
      return {
        status: outcomeStatus(error, options),
        body: {
          code: businessCodes[error.code] ?? businessError,
          message: wording(error, 'en'),
          data: null,
          ...error.extra,
        },
      };
    },
  };
}
