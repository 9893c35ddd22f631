import { accountPoolDialect } from './account-pool.ts';
import { appSupportDialect } from './app-support.ts';
import { customerServiceDialect } from './customer-service.ts';
import type { Dialect, DialectOptions, ServiceName } from './dialect.ts';
import { smsPhoneDialect } from './sms-phone.ts';

export { catalogue } from './catalogue.ts';
export type { ErrorCode } from './catalogue.ts';
export { serviceNames } from './dialect.ts';
export type { Dialect, DialectOptions, RenderedError, ServiceName } from './dialect.ts';
export { AppError, invalidField } from './error.ts';
export type { AppErrorOptions } from './error.ts';

/** The dialect of a service's document. */
export function dialectOf(service: ServiceName, options: DialectOptions = {}): Dialect {
  switch (service) {
    case 'account-pool':
      return accountPoolDialect(options);
    case 'sms-phone':
      return smsPhoneDialect();
    case 'customer-service':
      return customerServiceDialect();
    case 'app-support':
      return appSupportDialect(options);
  }
}
