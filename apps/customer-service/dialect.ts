import { catalogue, wording, type Dialect } from '@portico/envelope';

/** The object itself, or `{detail}` (document 003, 响应格式), with REST statuses. */
export function dialect(): Dialect {
  return {
    locale: 'zh',
    success: (result) => result,
    failure: (error) => ({
      status: error.status ?? catalogue[error.code].status,
      body: { detail: wording(error, 'zh'), ...error.extra },
    }),
  };
}
