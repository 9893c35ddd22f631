import { catalogue } from './catalogue.ts';
import { wording, type Dialect } from './dialect.ts';

/** The object itself, or `{detail}` (document 003, 响应格式), with REST statuses. */
export function customerServiceDialect(): Dialect {
  return {
    service: 'customer-service',
    locale: 'zh',
    success: (result) => result,
    failure: (error) => ({
      status: error.status ?? catalogue[error.code].status,
      body: { detail: wording(error, 'zh'), ...error.extra },
    }),
  };
}
