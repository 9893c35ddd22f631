import { outcomeStatus, wording, type Dialect, type DialectOptions, type ErrorCode } from '@portico/envelope';

/** Document 004, the table of 错误码. */
const documentedCodes: Partial<Record<ErrorCode, number>> = {
  not_found: 10001,
  route_not_found: 10002,
  method_not_allowed: 10002,
  permission_denied: 10003,
  account_disabled: 10003,
  unauthenticated: 10004,
  invalid_params: 10005,
  malformed_json: 10005,
  bad_request: 10005,
  payload_too_large: 10005,
  unsupported_media_type: 10005,
  length_required: 10005,
  user_not_registered: 10006,
  wrong_password: 10007,
  invalid_code: 10008,
  user_already_registered: 10009,
  code_sent_too_often: 10010,
  sms_out_of_credit: 10011,
  sms_failed: 10012,
  sms_unavailable: 10013,
  mail_unavailable: 10014,
};
const genericCode = 10000;

/** The table's own wording where the catalogue, written for all services, says it otherwise. */
const documentedWording: Partial<Record<ErrorCode, string>> = {
  not_found: '数据未查到',
  permission_denied: '该用户没有访问或操作权限',
  account_disabled: '该用户没有访问或操作权限',
  unauthenticated: '无效的Token, 可能是错误的, 失效的, 用户已被删除',
  sms_unavailable: '短信服务不可用, 可能是服务变更或参数错误导致',
  mail_unavailable: '邮件服务不可用, 可能是服务变更或参数错误导致',
};

/** `{code, message, data}` with `data: {}` on failure (document 004). Handlers return `data`. */
export function dialect(options: DialectOptions = {}): Dialect {
  return {
    locale: 'zh',
    success: (result) => ({ code: 0, message: 'success', data: result ?? {} }),
    failure(error) {
      const message = error.worded ? error.message : (documentedWording[error.code] ?? wording(error, 'zh'));
      return {
        status: outcomeStatus(error, options),
        body: { code: documentedCodes[error.code] ?? genericCode, message, data: {}, ...error.extra },
      };
    },
  };
}
