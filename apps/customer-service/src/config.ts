import {
  checkPasswordConfig,
  codesConfig,
  loginBudgetConfig,
  operatorTokenConfig,
  passwordConfig,
  sessionConfig,
  tokenIssuerConfig,
} from '@portico/auth';
import {
  boolean,
  commaList,
  duration,
  httpProcess,
  httpUrl,
  loadConfig,
  processEnvironment,
  requiredInProduction,
  secret,
  stores,
  text,
} from '@portico/config';
import { sealing } from '@portico/queue';
import { z } from 'zod';
import { isTestSecret, testSecrets } from './contacts/turnstile.ts';
import { emailField } from './fields.ts';

/** What customer-service reads from its environment. */
export const shape = {
  ...processEnvironment,
  ...httpProcess,
  ...stores,
  ...tokenIssuerConfig,
  ...operatorTokenConfig,
  ...passwordConfig,
  ...codesConfig,
  ...loginBudgetConfig,
  ...sessionConfig,
  ...sealing,
  ADMIN_EMAIL: requiredInProduction(emailField, {
    description: 'the first operator, made at start where there is none yet',
  }),
  ADMIN_PASSWORD: requiredInProduction(secret(8), {
    description:
      "the first operator's password; changing it later changes nothing, operators change theirs themselves",
    secret: true,
  }),
  OPERATOR_EMAILS: commaList()
    .pipe(z.array(emailField))
    .optional()
    .meta({ description: 'who is told of new tickets and contact forms; ADMIN_EMAIL by default' }),
  TURNSTILE_SECRET: requiredInProduction(text(), {
    description: `secret of Cloudflare Turnstile for the contact form; outside production ${testSecrets.passes} by default, which lets everybody through`,
    secret: true,
  }),
  TURNSTILE_URL: httpUrl()
    .default('https://challenges.cloudflare.com/turnstile/v0/siteverify')
    .meta({ description: 'where Turnstile tokens are verified' }),
  TURNSTILE_TIMEOUT_MS: duration()
    .default(5000)
    .meta({ description: 'how long to wait for the verification; without an answer the form is refused' }),
  PUBLIC_URL: httpUrl().optional().meta({
    description:
      'address of the gateway as clients see it, for links to files; taken from the request by default',
  }),
  FILE_LINK_SECRETS: sessionConfig.SESSION_SECRETS.meta({
    description: 'keys that sign links to local files: id:secret[,id:secret…], the first for what is new',
    secret: true,
    requiredInProduction: true,
  }),
  FILES_DIR: text().optional().meta({
    description: 'folder of the files of projects where S3_BUCKET is not set; files in DATA_DIR by default',
  }),
  S3_BUCKET: text()
    .optional()
    .meta({ description: 'bucket of the files of projects; without it they are kept in FILES_DIR' }),
  S3_ENDPOINT: httpUrl()
    .optional()
    .meta({ description: 'address of an S3-compatible store; AWS by default' }),
  S3_REGION: text().default('us-east-1').meta({ description: 'region of the bucket' }),
  S3_ACCESS_KEY_ID: text()
    .optional()
    .meta({ description: "access key; the AWS SDK's own sources where it is not set" }),
  S3_SECRET_ACCESS_KEY: text().optional().meta({ description: 'secret of the access key', secret: true }),
  S3_FORCE_PATH_STYLE: boolean()
    .default(false)
    .meta({ description: 'true for stores that do not serve buckets as host names, such as MinIO' }),
};

export type Config = z.output<z.ZodObject<typeof shape>>;

/** What no single variable can tell. */
export function check(config: Partial<Config>): string[] {
  const problems = checkPasswordConfig(config);
  if (config.NODE_ENV === 'production' && config.TURNSTILE_SECRET && isTestSecret(config.TURNSTILE_SECRET))
    problems.push(
      'TURNSTILE_SECRET: is one of the test secrets, which anybody can pass: make one at Cloudflare',
    );
  if ((config.S3_ACCESS_KEY_ID === undefined) !== (config.S3_SECRET_ACCESS_KEY === undefined))
    problems.push('S3_SECRET_ACCESS_KEY: set it together with S3_ACCESS_KEY_ID, or neither');
  return problems;
}

/** @throws ConfigError that lists every mistake */
export const readConfig = (): Config => loadConfig('customer-service', shape, check);
