import type { ServiceDescriptor } from '@portico/descriptor';

/** customer-service: sign-in, tickets, business accounts, contracts, projects (document 003), and the operators. */
export default {
  name: 'customer-service',
  kind: 'service',
  title: { zh: '客户服务', en: 'Customer service' },
  owner: '@portico/customers',
  port: 8080,
  routes: [
    { paths: ['/api/auth/login', '/api/auth/token'], limit: 'login' },
    { paths: ['/api/auth/send-code'], limit: 'code' },
    { paths: ['/api/auth/me'] },
    { paths: ['/api/users', '/api/tickets', '/api/business-accounts', '/api/contracts', '/api/projects'] },
    { paths: ['/api/owa'], limit: 'code' },
    { paths: ['/api/auth'], limit: 'login', prefixedOnly: true },
  ],
  sharedRoutes: [{ path: '/api/auth/register', bodyMember: 'email', limit: 'code' }],
  bodyLimits: [{ path: '/files', bytes: 1024 ** 3 }],
  administration: '/api/admin',
  uses: {
    mongodb: 'required',
    redis: 'optional',
    outbox: true,
    files: true,
    outside: [{ what: 'S3, Turnstile', ports: [443] }],
  },
  secrets: [
    { name: 'OPERATOR_PRIVATE_KEY', made: 'private-key' },
    { name: 'OPERATOR_PUBLIC_KEYS', made: 'public-key', of: 'OPERATOR_PRIVATE_KEY' },
    { name: 'PASSWORD_PEPPERS', made: 'named-list' },
    { name: 'CODE_SECRET', made: 'random' },
    { name: 'SESSION_SECRETS', made: 'named-list' },
    { name: 'SEALING_KEYS', made: 'sealing-key' },
    { name: 'FILE_LINK_SECRETS', made: 'named-list' },
    { name: 'ADMIN_EMAIL', made: 'operator-email' },
    { name: 'ADMIN_PASSWORD', made: 'operator-password' },
    { name: 'TURNSTILE_SECRET', made: 'given' },
    { name: 'S3_ACCESS_KEY_ID', made: 'given' },
    { name: 'S3_SECRET_ACCESS_KEY', made: 'given' },
  ],
  memory: { request: '192Mi', limit: '768Mi' },
  // V8 lets its young generation grow to 16 MB a half while a process starts and keeps it; a quarter saves 20 MB.
  nodeFlags: ['--max-semi-space-size=4'],
  instances: { least: 2, most: 8 },
  dialect: 'dialect.ts',
  config: 'src/config.ts',
} satisfies ServiceDescriptor;
