import { catalogue, wording, type Dialect, type ErrorCode } from '@portico/envelope';

/** Statuses of this service (contract: rules, 5). */
const statuses: Partial<Record<ErrorCode, number>> = {
  invalid_params: 400,
  rule_violation: 400,
  conflict: 400,
  user_already_registered: 400,
};

/** `code` of the phone endpoints: negative for outcomes the contract names, the HTTP status for the rest. */
const outcomes: Partial<Record<ErrorCode, number>> = { no_number: -1, insufficient_balance: -2 };

const leasing = /\/api\/(get_phone|get_specified_phone)\/?$/;
const phone = /\/api\/(get_sms_code|release_phone|blacklist_phone)\/?$/;

/**
 * Three envelopes in one service (document 002): accounts say `success`, leasing a number says `stat`, the
 * other phone endpoints say neither. Handlers return the members beside these.
 */
export function dialect(): Dialect {
  return {
    locale: 'zh',
    success(result, path) {
      const members = result as Record<string, unknown>;
      if (leasing.test(path)) return { stat: true, code: 0, ...members };
      if (phone.test(path)) return { code: 0, ...members };
      return { success: true, ...members };
    },
    failure(error, path) {
      const status = error.status ?? statuses[error.code] ?? catalogue[error.code].status;
      const message = wording(error, 'zh');
      const code = outcomes[error.code] ?? status;
      if (leasing.test(path))
        return { status, body: { stat: false, message, code, data: null, ...error.extra } };
      if (phone.test(path)) return { status, body: { message, code, data: null, ...error.extra } };
      return { status, body: { success: false, message, ...error.extra } };
    },
  };
}
