import type { ServiceDescriptor } from '@portico/descriptor';

/** sms-phone: numbers that are leased to receive codes (document 002). */
export default {
  name: 'sms-phone',
  kind: 'service',
  title: { zh: '接码平台', en: 'SMS numbers' },
  owner: '@portico/numbers',
  port: 8080,
  routes: [
    { paths: ['/api/login', '/api/change_password'], limit: 'login', unsafeGet: true },
    { paths: ['/api/register'], limit: 'code', unsafeGet: true },
    {
      paths: [
        '/api/recharge',
        '/api/get_phone',
        '/api/get_specified_phone',
        '/api/release_phone',
        '/api/blacklist_phone',
      ],
      limit: 'write',
      unsafeGet: true,
    },
    { paths: ['/api/get_sms_code'], limit: 'read', unsafeGet: true },
    { paths: ['/api/balance', '/api/search_projects', '/api/test'], limit: 'read' },
  ],
  administration: '/api/admin',
  uses: {
    mongodb: 'required',
    redis: 'optional',
    outside: [{ what: 'the message centre', ports: [2775] }],
  },
  secrets: [
    { name: 'OPERATOR_PUBLIC_KEYS', made: 'public-key', of: 'OPERATOR_PRIVATE_KEY' },
    { name: 'PASSWORD_PEPPERS', made: 'named-list' },
    { name: 'TOKEN_SECRETS', made: 'named-list' },
    { name: 'SMS_INBOUND_SECRET', made: 'random' },
    { name: 'TWILIO_AUTH_TOKEN', made: 'given' },
    { name: 'SMPP_PASSWORD', made: 'given' },
  ],
  memory: { request: '160Mi', limit: '512Mi' },
  // V8 lets its young generation grow to 16 MB a half while a process starts and keeps it; a quarter saves 20 MB.
  nodeFlags: ['--max-semi-space-size=4'],
  instances: { least: 2, most: 8 },
  dialect: 'dialect.ts',
  config: 'src/config.ts',
  metrics: 'metrics.ts',
} satisfies ServiceDescriptor;
