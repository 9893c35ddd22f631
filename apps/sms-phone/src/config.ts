import {
  checkPasswordConfig,
  loginBudgetConfig,
  operatorTokenConfig,
  passwordConfig,
  secretTokenConfig,
} from '@portico/auth';
import {
  boolean,
  commaList,
  duration,
  httpProcess,
  httpUrl,
  loadConfig,
  oneOf,
  port,
  processEnvironment,
  secret,
  stores,
  text,
  wholeNumber,
} from '@portico/config';
import { isRegion } from '@portico/phone';
import { z } from 'zod';

/** Several, separated by commas, where the one is being replaced by another: each is good (docs/operations.md). */
const anyOf = (one: z.ZodType<string, string>) => commaList().pipe(z.array(one).min(1, 'must not be empty'));

const redelivery = (entry: string): [string, number] => {
  const [connector = '', seconds] = entry.split(':');
  return [connector, Number(seconds) * 1000];
};

/** What sms-phone reads from its environment. */
export const shape = {
  ...processEnvironment,
  ...httpProcess,
  ...stores,
  ...operatorTokenConfig,
  ...passwordConfig,
  ...loginBudgetConfig,
  ...secretTokenConfig,
  SMS_PHONE_RECHARGE: oneOf('voucher', 'open').optional().meta({
    description:
      'open: users credit themselves with any amount; voucher: only with vouchers. Production: voucher, else open',
  }),
  PHONE_REGION: text()
    .refine(isRegion, 'must be a region of two letters, such as CN')
    .default('CN')
    .meta({ description: 'where phone numbers without a country belong (ISO 3166-1)' }),
  LEASE_MINUTES: wholeNumber(1, 1440).default(20).meta({ description: 'how long a number is leased' }),
  COOL_DOWN_SECONDS: wholeNumber(0, 86_400).default(120).meta({
    description:
      'how long a number rests for a project after a lease that received nothing, so that late messages find nobody',
  }),
  MESSAGE_RETENTION_DAYS: wholeNumber(1, 3650)
    .default(30)
    .meta({ description: 'after how many days messages are purged' }),
  SWEEP_MS: duration().default(1000).meta({
    description: 'how often each instance looks for leases that are over and for what a crash left',
  }),
  SMS_INBOUND_SECRET: anyOf(secret(16)).optional().meta({
    description:
      'signs messages at /inbound/webhook, comma-separated where it is being replaced; without it none is accepted there',
    secret: true,
  }),
  TWILIO_AUTH_TOKEN: anyOf(text()).optional().meta({
    description:
      'verifies Twilio at /inbound/twilio, comma-separated where it is being replaced; without it none is accepted there',
    secret: true,
  }),
  PUBLIC_URL: httpUrl().optional().meta({
    description:
      'address of the gateway as Twilio sees it, which it signs; taken from the request by default',
  }),
  SMS_REDELIVERY: z
    .string()
    .trim()
    .regex(
      /^$|^(?:webhook|twilio|smpp):[1-9]\d{0,5}(?:,(?:webhook|twilio|smpp):[1-9]\d{0,5})*$/,
      'must be like smpp:600',
    )
    .transform((text) => new Map(text.split(',').filter(Boolean).map(redelivery)))
    .prefault('')
    .meta({
      description:
        'connectors that send one message again under another id, each with the seconds within which the same content is a repeat: smpp:600,webhook:60',
    }),
  SMPP_URL: z
    .url({ protocol: /^(smpp|ssmpp)$/, error: 'must be an smpp:// or ssmpp:// address' })
    .optional()
    .meta({
      description:
        'message centre to receive from; in development a simulator is started where it is not set',
    }),
  SMPP_SYSTEM_ID: text().default('portico').meta({ description: 'system id at the message centre' }),
  SMPP_PASSWORD: text().optional().meta({ description: 'password at the message centre', secret: true }),
  SMPP_SIMULATOR: boolean()
    .default(true)
    .meta({ description: 'in development, whether to start a simulated message centre' }),
  SMPP_SIMULATOR_PORT: port()
    .default(0)
    .meta({ description: "the simulator's port on loopback; 0 picks a free one" }),
};

export type Config = z.output<z.ZodObject<typeof shape>>;

/** @throws ConfigError that lists every mistake */
export const readConfig = (): Config => loadConfig('sms-phone', shape, checkPasswordConfig);
