import type { ServiceDescriptor } from '@portico/descriptor';

/** app-support: accounts, pushes, questions and feedback of an app's users (document 004). */
export default {
  name: 'app-support',
  kind: 'service',
  title: { zh: '应用支持', en: 'App support' },
  owner: '@portico/apps',
  port: 8080,
  routes: [
    { paths: ['/api/auth/access_token'], limit: 'login' },
    { paths: ['/api/auth/send_code', '/api/auth/check_code'], limit: 'code' },
    { paths: ['/api/auth/refresh_token', '/api/auth/destroy_token'] },
    { paths: ['/api/personal', '/api/push', '/api/faq', '/api/feedback_category', '/api/message'] },
    // `feedback/reply/{id}` marks what it shows as read (contract: app-support).
    { paths: ['/api/feedback'], unsafeGet: true },
    { paths: ['/api/auth'], limit: 'login', prefixedOnly: true },
  ],
  sharedRoutes: [{ path: '/api/auth/register', bodyMember: 'account', limit: 'code' }],
  administration: '/api/admin',
  uses: { mongodb: 'required', redis: 'optional', outbox: true },
  secrets: [
    { name: 'OPERATOR_PUBLIC_KEYS', made: 'public-key', of: 'OPERATOR_PRIVATE_KEY' },
    { name: 'PASSWORD_PEPPERS', made: 'named-list' },
    { name: 'CODE_SECRET', made: 'random' },
    { name: 'SESSION_SECRETS', made: 'named-list' },
    { name: 'SEALING_KEYS', made: 'sealing-key' },
  ],
  memory: { request: '160Mi', limit: '512Mi' },
  // V8 lets its young generation grow to 16 MB a half while a process starts and keeps it; a quarter saves 20 MB.
  // A push to everybody makes garbage faster than V8 collects it by itself: 320 MB for 100,000 devices, 180 MB with
  // the second flag.
  nodeFlags: ['--max-semi-space-size=4', '--heap-growing-percent=25'],
  instances: { least: 2, most: 8 },
  dialect: 'dialect.ts',
  config: 'src/config.ts',
} satisfies ServiceDescriptor;
