import {
  checkPasswordConfig,
  codesConfig,
  loginBudgetConfig,
  operatorTokenConfig,
  passwordConfig,
  sessionAccessConfig,
  sessionConfig,
} from '@portico/auth';
import {
  boolean,
  httpProcess,
  loadConfig,
  oneOf,
  processEnvironment,
  stores,
  text,
  wholeNumber,
} from '@portico/config';
import { sealing } from '@portico/queue';
import type { z } from 'zod';
import { isTimeZone } from './clock.ts';

/** What app-support reads from its environment. */
export const shape = {
  ...processEnvironment,
  ...httpProcess,
  ...stores,
  ...operatorTokenConfig,
  ...passwordConfig,
  ...codesConfig,
  ...loginBudgetConfig,
  ...sessionConfig,
  ...sessionAccessConfig,
  ...sealing,
  HTTP_STATUS_MODE: oneOf('documented', 'mirror')
    .default('documented')
    .meta({ description: 'mirror: outcomes carry an HTTP status besides their code, instead of always 200' }),
  APP_SUPPORT_TIMEZONE: text()
    .refine(isTimeZone, 'must be a time zone such as Asia/Shanghai')
    .default('Asia/Shanghai')
    .meta({ description: 'time zone of the times in requests and answers' }),
  HIDE_ACCOUNT_EXISTENCE: boolean()
    .default(false)
    .meta({ description: 'answer a login of an unknown account like one with a wrong password' }),
  PUSH_PROVIDER_ANDROID: oneOf('fcm', 'getui')
    .default('fcm')
    .meta({ description: 'push service that the client ids of Android devices belong to' }),
  PUSH_PROVIDER_IOS: oneOf('apns', 'fcm', 'getui')
    .default('apns')
    .meta({ description: 'push service that the client ids of iOS devices belong to' }),
  PUSH_QUEUE_LIMIT: wholeNumber(100, 1_000_000).default(4000).meta({
    description:
      'pushes that may wait to be sent: keeps the notifier busy, and is what cancelling takes back',
  }),
};

export type Config = z.output<z.ZodObject<typeof shape>>;

/** @throws ConfigError that lists every mistake */
export const readConfig = (): Config => loadConfig('app-support', shape, checkPasswordConfig);
