import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '@portico/config';
import { chosenProviders, readConfig } from './config.ts';

const required = {
  MONGODB_URI: 'mongodb://127.0.0.1/',
  REDIS_URL: 'redis://127.0.0.1',
  SEALING_KEYS: `k:${randomBytes(32).toString('base64')}`,
};
const production = { ...required, NODE_ENV: 'production' };

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('takes every message in development without being told how', () => {
    const config = readConfig(required);
    expect(config.NOTIFIER_ROLES).toEqual(['email', 'sms', 'push']);
    for (const channel of config.NOTIFIER_ROLES) expect(chosenProviders(config, channel)).toEqual(['log']);
  });

  it('cannot do without stores and sealing keys', () => {
    expect(problemsOf({})).toEqual(
      ['MONGODB_URI', 'REDIS_URL', 'SEALING_KEYS'].map((name) => `${name}: is not set`),
    );
  });

  it('refuses production without a mail provider, and with one that sends nothing', () => {
    expect(problemsOf(production)).toEqual(['EMAIL_PROVIDER: must be set in production']);
    const logs = { EMAIL_PROVIDER: 'log', SMS_PROVIDER: 'log', PUSH_PROVIDERS: 'log' };
    expect(problemsOf({ ...production, ...logs })).toEqual([
      'EMAIL_PROVIDER: log sends nothing, refused in production',
      'SMS_PROVIDER: log sends nothing, refused in production',
      'PUSH_PROVIDERS: log sends nothing, refused in production',
    ]);
  });

  it('misses a mail provider beside everything else that is missing in production', () => {
    expect(problemsOf({ NODE_ENV: 'production' }).map((line) => line.split(':')[0])).toEqual([
      'MONGODB_URI',
      'REDIS_URL',
      'SEALING_KEYS',
      'EMAIL_PROVIDER',
    ]);
  });

  it('names everything that the chosen providers lack, at once', () => {
    const chosen = { EMAIL_PROVIDER: 'smtp', SMS_PROVIDER: 'twilio', PUSH_PROVIDERS: 'apns,getui' };
    expect(problemsOf({ ...production, ...chosen })).toEqual([
      'SMTP_HOST: is needed by EMAIL_PROVIDER',
      'MAIL_FROM: is needed by EMAIL_PROVIDER',
      'TWILIO_ACCOUNT_SID: is needed by SMS_PROVIDER',
      'TWILIO_AUTH_TOKEN: is needed by SMS_PROVIDER',
      'TWILIO_FROM: is needed by SMS_PROVIDER',
      'APNS_KEY_ID: is needed by PUSH_PROVIDERS',
      'APNS_TEAM_ID: is needed by PUSH_PROVIDERS',
      'APNS_PRIVATE_KEY: is needed by PUSH_PROVIDERS',
      'APNS_TOPIC: is needed by PUSH_PROVIDERS',
      'GETUI_APP_ID: is needed by PUSH_PROVIDERS',
      'GETUI_APP_KEY: is needed by PUSH_PROVIDERS',
      'GETUI_MASTER_SECRET: is needed by PUSH_PROVIDERS',
    ]);
  });

  it('asks only for what its roles need', () => {
    const config = readConfig({ ...production, NOTIFIER_ROLES: 'sms, push' });
    expect(config.NOTIFIER_ROLES).toEqual(['sms', 'push']);
    expect(chosenProviders(config, 'sms')).toEqual([]);
    expect(problemsOf({ ...required, NOTIFIER_ROLES: 'fax' })[0]).toContain('email, sms, push');
  });

  it('reads lists of pairs, PEMs on one line and JSON, and names what is none', () => {
    const config = readConfig({
      ...required,
      PROVIDER_RATES: 'smtp=50, twilio=0.5',
      ALIYUN_SMS_TEMPLATES: 'verification-code=SMS_1',
      APNS_PRIVATE_KEY: '-----BEGIN PRIVATE KEY-----\\nabc\\n-----END PRIVATE KEY-----',
    });
    expect(Object.fromEntries(config.PROVIDER_RATES)).toEqual({ smtp: 50, twilio: 0.5 });
    expect(config.ALIYUN_SMS_TEMPLATES.get('verification-code')).toBe('SMS_1');
    expect(config.APNS_PRIVATE_KEY).toContain('\nabc\n');
    expect(
      problemsOf({ ...required, PROVIDER_RATES: 'smtp', APNS_PRIVATE_KEY: 'abc', FCM_SERVICE_ACCOUNT: '{}' }),
    ).toEqual([
      'PROVIDER_RATES: must be name=messages per second,…',
      'FCM_SERVICE_ACCOUNT: is not the JSON file that it should be',
      'APNS_PRIVATE_KEY: must be a PEM',
    ]);
    expect(problemsOf({ ...required, PROVIDER_RATES: 'smtp=0' })).toEqual([
      'PROVIDER_RATES: rates must be numbers above 0',
    ]);
  });
});
