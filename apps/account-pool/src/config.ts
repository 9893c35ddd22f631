import { operatorTokenConfig } from '@portico/auth';
import {
  duration,
  httpProcess,
  loadConfig,
  oneOf,
  processEnvironment,
  stores,
  wholeNumber,
} from '@portico/config';
import { z } from 'zod';
import { readLeaseTimes } from './leases/lease-times.ts';

/** What account-pool reads from its environment. */
export const shape = {
  ...processEnvironment,
  ...httpProcess,
  ...stores,
  ...operatorTokenConfig,
  HTTP_STATUS_MODE: oneOf('documented', 'mirror')
    .default('documented')
    .meta({ description: 'mirror: outcomes carry an HTTP status besides their code, instead of always 200' }),
  ACCOUNT_POOL_AUTH: oneOf('required', 'open').optional().meta({
    description:
      'required: scripts and the web need an API key or an operator; open: nobody does. Production: required, else open',
  }),
  LEASE_SECONDS: wholeNumber(0, 30 * 86_400)
    .default(1800)
    .meta({ description: 'how long an acquired account stays with its holder; 0: until it is given back' }),
  LEASE_SECONDS_BY_PLATFORM: z
    .string()
    .transform(readLeaseTimes)
    .optional()
    .meta({ description: 'the same for single platforms: platform=seconds[,platform=seconds…]' }),
  LEASE_SWEEP_MS: duration()
    .default(1000)
    .meta({ description: 'how often each instance looks for leases that have expired' }),
};

export type Config = z.output<z.ZodObject<typeof shape>>;

/** @throws ConfigError that lists every mistake */
export const readConfig = (): Config => loadConfig('account-pool', shape);
