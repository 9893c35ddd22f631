/**
 * The one error vocabulary of the platform. Code throws these names; a dialect turns a name into the status,
 * code and wording of the document it serves (contract: rules, 5 and 6).
 *
 * `transport` errors concern the HTTP exchange and always carry their real status. `business` errors are
 * outcomes of the service's rules; the documents 001 and 004 answer those with HTTP 200.
 */
export const catalogue = {
  malformed_json: {
    kind: 'transport',
    status: 400,
    en: 'The body is not valid JSON.',
    zh: '请求体不是有效的 JSON',
  },
  bad_request: { kind: 'transport', status: 400, en: 'The request is malformed.', zh: '请求格式不正确' },
  route_not_found: { kind: 'transport', status: 404, en: 'No such path.', zh: '访问的路径不存在' },
  method_not_allowed: {
    kind: 'transport',
    status: 405,
    en: 'Method not allowed here.',
    zh: '不支持该请求方法',
  },
  length_required: {
    kind: 'transport',
    status: 411,
    en: 'A body on this method needs a Content-Length.',
    zh: '该请求方法的请求体必须带 Content-Length',
  },
  payload_too_large: { kind: 'transport', status: 413, en: 'The body is too large.', zh: '请求体过大' },
  unsupported_media_type: {
    kind: 'transport',
    status: 415,
    en: 'This content type or encoding is not supported.',
    zh: '不支持的内容类型或编码',
  },
  ambiguous_route: {
    kind: 'transport',
    status: 422,
    en: 'This path belongs to two services.',
    zh: '该路径属于两个服务',
  },
  rate_limited: { kind: 'transport', status: 429, en: 'Too many requests.', zh: '请求过于频繁，请稍后再试' },
  internal: { kind: 'transport', status: 500, en: 'Internal server error.', zh: '服务器内部错误' },
  bad_gateway: {
    kind: 'transport',
    status: 502,
    en: 'The service gave no usable answer.',
    zh: '服务未能正常响应',
  },
  unavailable: {
    kind: 'transport',
    status: 503,
    en: 'The service is unavailable.',
    zh: '服务暂时不可用，请稍后再试',
  },
  outcome_unknown: {
    kind: 'transport',
    status: 503,
    en: 'The store did not answer in time, and the change may have been made. Read the state before you repeat the request, or repeat it with its Idempotency-Key.',
    zh: '存储未及时响应，操作可能已经生效。请先查询当前状态再重试，或使用相同的 Idempotency-Key 重试',
  },
  timeout: { kind: 'transport', status: 504, en: 'The service did not answer in time.', zh: '服务响应超时' },

  invalid_params: { kind: 'business', status: 422, en: 'Invalid parameters.', zh: '请求字段不合法' },
  rule_violation: {
    kind: 'business',
    status: 400,
    en: 'This is not possible now.',
    zh: '当前无法执行该操作',
  },
  unauthenticated: { kind: 'business', status: 401, en: 'Authentication required.', zh: '无效的认证凭据' },
  permission_denied: { kind: 'business', status: 403, en: 'Permission denied.', zh: '无权访问此资源' },
  account_disabled: { kind: 'business', status: 403, en: 'The account is disabled.', zh: '账号已被禁用' },
  not_found: { kind: 'business', status: 404, en: 'Not found.', zh: '资源不存在' },
  conflict: { kind: 'business', status: 409, en: 'Conflict with the current state.', zh: '与当前状态冲突' },

  user_not_registered: { kind: 'business', status: 404, en: 'User not registered.', zh: '用户未注册' },
  user_already_registered: {
    kind: 'business',
    status: 409,
    en: 'User already registered.',
    zh: '用户已注册',
  },
  wrong_password: { kind: 'business', status: 401, en: 'Wrong password.', zh: '密码错误' },
  invalid_code: { kind: 'business', status: 400, en: 'Invalid or expired code.', zh: '无效的验证码' },
  code_sent_too_often: {
    kind: 'business',
    status: 429,
    en: 'Codes requested too often.',
    zh: '短信发送太频繁',
  },
  sms_out_of_credit: {
    kind: 'business',
    status: 503,
    en: 'The SMS provider is out of credit.',
    zh: '短信服务欠费',
  },
  sms_failed: { kind: 'business', status: 503, en: 'The SMS provider failed.', zh: '短信服务其他错误信息' },
  sms_unavailable: { kind: 'business', status: 503, en: 'SMS is unavailable.', zh: '短信服务不可用' },
  mail_unavailable: { kind: 'business', status: 503, en: 'Mail is unavailable.', zh: '邮件服务不可用' },

  no_number: { kind: 'business', status: 200, en: 'No number is available.', zh: '暂无可用号码' },
  insufficient_balance: { kind: 'business', status: 200, en: 'The balance is too low.', zh: '余额不足' },
} as const satisfies Record<string, CatalogueEntry>;

interface CatalogueEntry {
  kind: 'transport' | 'business';
  /** The HTTP status where a dialect does not say otherwise. */
  status: number;
  en: string;
  zh: string;
}

/** A name of the catalogue. */
export type ErrorCode = keyof typeof catalogue;
