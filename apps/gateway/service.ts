import type { ServiceDescriptor } from '@portico/descriptor';

/** gateway: the front door of all services. */
export default {
  name: 'gateway',
  kind: 'gateway',
  title: { zh: '网关', en: 'Gateway' },
  owner: '@portico/platform',
  port: 8080,
  uses: { redis: 'optional' },
  memory: { request: '128Mi', limit: '512Mi' },
  // No flags: all requests go through it, and a smaller young generation would take an eighth of the processor.
  instances: { least: 2, most: 10 },
  config: 'src/config.ts',
} satisfies ServiceDescriptor;
