import type { ServiceDescriptor } from '@portico/descriptor';

/** account-pool: accounts for scripts, leased one at a time or by the hundred (document 001). */
export default {
  name: 'account-pool',
  kind: 'service',
  title: { zh: '账号池', en: 'Account pool' },
  owner: '@portico/accounts',
  port: 8080,
  routes: [{ paths: ['/s/v1'], limit: 'write', unsafeGet: true }, { paths: ['/web/v1'] }],
  administration: '/api/admin',
  uses: { mongodb: 'required', redis: 'optional' },
  secrets: [{ name: 'OPERATOR_PUBLIC_KEYS', made: 'public-key', of: 'OPERATOR_PRIVATE_KEY' }],
  memory: { request: '192Mi', limit: '768Mi' },
  // V8 lets its young generation grow to 16 MB a half while a process starts and keeps it; a quarter saves 20 MB.
  // An upload of 10,000 accounts makes garbage faster than V8 collects it by itself: 306 MB while a million accounts
  // come in, 253 MB with the second flag.
  nodeFlags: ['--max-semi-space-size=4', '--heap-growing-percent=50'],
  instances: { least: 2, most: 8 },
  dialect: 'dialect.ts',
  config: 'src/config.ts',
  metrics: 'metrics.ts',
} satisfies ServiceDescriptor;
