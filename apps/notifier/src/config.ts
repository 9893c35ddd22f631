import {
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
import { channels, sealing, type Channel } from '@portico/queue';
import { z } from 'zod';
import { serviceAccount } from './providers/push/fcm.ts';

/** `name=value,…` as a map. */
const pairs = (what: string) =>
  commaList().transform((items, context) => {
    const entries = items.map((item) => item.split('=', 2) as [string, string | undefined]);
    if (entries.some(([name, value]) => !name || !value)) {
      context.addIssue({ code: 'custom', message: `must be name=${what},…` });
      return z.NEVER;
    }
    return new Map(entries.map(([name, value]) => [name, value ?? '']));
  });

/** A PEM, as it is or with `\n` for its line ends. */
const pem = () =>
  text()
    .transform((value) => value.replaceAll('\\n', '\n'))
    .refine((value) => value.startsWith('-----BEGIN '), 'must be a PEM');

const json = <Schema extends z.ZodType>(schema: Schema) =>
  text().transform((value, context) => {
    try {
      return schema.parse(JSON.parse(value));
    } catch {
      context.addIssue({ code: 'custom', message: 'is not the JSON file that it should be' });
      return z.NEVER;
    }
  });

const optionalSecret = (description: string) => secret(1).optional().meta({ description, secret: true });
const optional = (description: string) => text().optional().meta({ description });

export const shape = {
  ...processEnvironment,
  OPERATIONS_HOST: httpProcess.OPERATIONS_HOST,
  OPERATIONS_PORT: httpProcess.OPERATIONS_PORT,
  SHUTDOWN_TIMEOUT_MS: httpProcess.SHUTDOWN_TIMEOUT_MS,
  ...stores,
  ...sealing,
  NOTIFIER_ROLES: commaList()
    .pipe(z.array(z.enum(channels, { error: `must name of ${channels.join(', ')}` })).min(1))
    .default([...channels])
    .meta({ description: 'the channels that this process serves, so that each can be scaled alone' }),
  NOTIFIER_CONCURRENCY: wholeNumber(1, 5000)
    .default(300)
    .meta({ description: 'messages in hand at a time per channel, within what its providers take' }),
  NOTIFIER_MAX_ATTEMPTS: wholeNumber(1, 100)
    .default(10)
    .meta({ description: 'attempts before a dead letter' }),
  NOTIFIER_RETRY_FIRST_MS: duration()
    .default(1000)
    .meta({ description: 'wait before the second attempt; doubles with every further one' }),
  NOTIFIER_RETRY_CEILING_MS: duration().default(600_000).meta({ description: 'the longest wait' }),
  NOTIFIER_LOCK_MS: wholeNumber(1000, 60_000)
    .default(8000)
    .meta({ description: 'how long a message stays with a process that crashed' }),
  NOTIFIER_STALLED_CHECK_MS: wholeNumber(200, 60_000)
    .default(3000)
    .meta({ description: 'how often messages of crashed processes are looked for' }),
  PROVIDER_TIMEOUT_MS: wholeNumber(100, 120_000)
    .default(10_000)
    .meta({ description: 'how long a provider may take over one message' }),
  PROVIDER_RATES: pairs('messages per second')
    .transform((rates) => new Map([...rates].map(([name, rate]) => [name, Number(rate)])))
    .refine((rates) => [...rates.values()].every((rate) => rate > 0), 'rates must be numbers above 0')
    .prefault('')
    .meta({ description: 'limits of providers over all processes, as smtp=50,twilio=10; none by default' }),
  LOG_PROVIDER_LATENCY_MS: duration()
    .default(0)
    .meta({ description: 'how long the log provider takes, for measurements' }),

  EMAIL_PROVIDER: oneOf('smtp', 'log')
    .optional()
    .meta({ description: 'how mail leaves; log (nothing leaves) by default, refused in production' }),
  SMTP_HOST: optional('mail server'),
  SMTP_PORT: port().default(587).meta({ description: 'port of the mail server' }),
  SMTP_TLS: oneOf('none', 'opportunistic', 'starttls', 'implicit')
    .default('starttls')
    .meta({ description: 'starttls insists on it, implicit is TLS from the first byte (port 465)' }),
  SMTP_USER: optional('account at the mail server'),
  SMTP_PASSWORD: optionalSecret('password at the mail server'),
  SMTP_MAX_CONNECTIONS: wholeNumber(1, 1000)
    .default(10)
    .meta({ description: 'connections to the mail server' }),
  MAIL_FROM: optional('sender of mails, as Portico <no-reply@example.com>'),
  DKIM_DOMAIN: optional('domain that mails are signed for'),
  DKIM_SELECTOR: text().default('portico').meta({ description: 'name of the DKIM key in DNS' }),
  DKIM_PRIVATE_KEY: pem().optional().meta({ description: 'private key of DKIM, PEM', secret: true }),

  SMS_PROVIDER: oneOf('smpp', 'twilio', 'aliyun', 'http', 'log')
    .optional()
    .meta({ description: 'how SMS leave; log by default, none in production' }),
  SMPP_URL: optional('centre, as smpp://host:2775 or ssmpp:// with TLS'),
  SMPP_SYSTEM_ID: optional('account at the centre'),
  SMPP_PASSWORD: optionalSecret('password at the centre'),
  SMPP_SOURCE: optional('sender of SMS: a number, or up to 11 letters'),
  SMPP_BIND: oneOf('transmitter', 'transceiver')
    .default('transceiver')
    .meta({ description: 'a transceiver also hears delivery receipts' }),
  SMPP_WINDOW: wholeNumber(1, 1000).default(10).meta({ description: 'messages on their way to the centre' }),
  TWILIO_URL: httpUrl().default('https://api.twilio.com').meta({ description: 'Twilio' }),
  TWILIO_ACCOUNT_SID: optional('account at Twilio'),
  TWILIO_AUTH_TOKEN: optionalSecret('token of the account at Twilio'),
  TWILIO_FROM: optional('number, or sid of a messaging service, at Twilio'),
  ALIYUN_SMS_URL: httpUrl().default('https://dysmsapi.aliyuncs.com').meta({ description: 'Aliyun SMS' }),
  ALIYUN_ACCESS_KEY_ID: optional('access key at Aliyun'),
  ALIYUN_ACCESS_KEY_SECRET: optionalSecret('secret of the access key at Aliyun'),
  ALIYUN_SMS_SIGN_NAME: optional('registered signature at Aliyun'),
  ALIYUN_SMS_TEMPLATES: pairs('template code')
    .prefault('')
    .meta({ description: 'registered templates, as verification-code=SMS_1,password-reset=SMS_2' }),
  SMS_HTTP_URL: httpUrl().optional().meta({ description: 'generic SMS gateway' }),
  SMS_HTTP_SECRET: optionalSecret('key that requests to the generic SMS gateway are signed with'),

  PUSH_PROVIDERS: commaList()
    .pipe(z.array(z.enum(['fcm', 'apns', 'getui', 'log'])))
    .optional()
    .meta({
      description:
        'how pushes leave, the default first: fcm, apns, getui; log by default, none in production',
    }),
  FCM_URL: httpUrl().default('https://fcm.googleapis.com').meta({ description: 'FCM' }),
  FCM_SERVICE_ACCOUNT: json(serviceAccount)
    .optional()
    .meta({ description: 'service-account file of the Firebase project, as JSON', secret: true }),
  APNS_URL: httpUrl()
    .default('https://api.push.apple.com')
    .meta({ description: 'APNs; https://api.sandbox.push.apple.com for development builds' }),
  APNS_KEY_ID: optional('id of the APNs key'),
  APNS_TEAM_ID: optional('id of the team at Apple'),
  APNS_PRIVATE_KEY: pem().optional().meta({ description: 'the APNs key (.p8), PEM', secret: true }),
  APNS_TOPIC: optional('bundle id of the app'),
  GETUI_URL: httpUrl().default('https://restapi.getui.com').meta({ description: 'Getui' }),
  GETUI_APP_ID: optional('app at Getui'),
  GETUI_APP_KEY: optionalSecret('key of the app at Getui'),
  GETUI_MASTER_SECRET: optionalSecret('master secret of the app at Getui'),
};

export type Config = z.output<z.ZodObject<typeof shape>>;

/** What each provider cannot do without. */
const needs: Record<string, readonly (keyof Config)[]> = {
  smtp: ['SMTP_HOST', 'MAIL_FROM'],
  smpp: ['SMPP_URL', 'SMPP_SYSTEM_ID', 'SMPP_PASSWORD', 'SMPP_SOURCE'],
  twilio: ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_FROM'],
  aliyun: ['ALIYUN_ACCESS_KEY_ID', 'ALIYUN_ACCESS_KEY_SECRET', 'ALIYUN_SMS_SIGN_NAME'],
  http: ['SMS_HTTP_URL', 'SMS_HTTP_SECRET'],
  fcm: ['FCM_SERVICE_ACCOUNT'],
  apns: ['APNS_KEY_ID', 'APNS_TEAM_ID', 'APNS_PRIVATE_KEY', 'APNS_TOPIC'],
  getui: ['GETUI_APP_ID', 'GETUI_APP_KEY', 'GETUI_MASTER_SECRET'],
};

/** The providers of a channel by name; outside production something always takes the messages. */
export function chosenProviders(config: Partial<Config>, channel: Channel): readonly string[] {
  const chosen = {
    email: config.EMAIL_PROVIDER && [config.EMAIL_PROVIDER],
    sms: config.SMS_PROVIDER && [config.SMS_PROVIDER],
    push: config.PUSH_PROVIDERS,
  }[channel];
  return chosen ?? (config.NODE_ENV === 'production' ? [] : ['log']);
}

const variables = { email: 'EMAIL_PROVIDER', sms: 'SMS_PROVIDER', push: 'PUSH_PROVIDERS' } as const;

function check(config: Partial<Config>): string[] {
  const problems: string[] = [];
  const production = config.NODE_ENV === 'production';
  for (const channel of config.NOTIFIER_ROLES ?? []) {
    const chosen = chosenProviders(config, channel);
    const variable = variables[channel];
    // Contract, rules, 4: production fails closed without a mail provider.
    if (channel === 'email' && chosen.length === 0) problems.push(`${variable}: must be set in production`);
    if (production && chosen.includes('log'))
      problems.push(`${variable}: log sends nothing, refused in production`);
    for (const name of chosen.flatMap((provider) => needs[provider] ?? [])) {
      if (config[name] === undefined) problems.push(`${name}: is needed by ${variable}`);
    }
  }
  return problems;
}

/** @throws ConfigError that lists everything that is missing or wrong */
export const readConfig = (environment?: Record<string, string | undefined>): Config =>
  loadConfig('notifier', shape, check, environment);
