import { duration, httpUrl, oneOf, port, share, text, wholeNumber } from './fields.ts';

/** What every process reads. */
export const processEnvironment = {
  NODE_ENV: oneOf('development', 'test', 'production').default('development').meta({
    description: 'production closes what development opens and refuses to start without its secrets',
  }),
  LOG_LEVEL: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent')
    .default('info')
    .meta({ description: 'lowest level that is logged' }),
  DATA_DIR: text()
    .default('.data')
    .meta({ description: 'folder for local data: stores, secrets, the development outbox' }),
};

/** What every HTTP process reads: two listeners, one for business traffic and one for operations. */
export const httpProcess = {
  HOST: text().default('0.0.0.0').meta({ description: 'address the business port listens on' }),
  PORT: port().default(0).meta({ description: 'business port; 0 picks a free one' }),
  OPERATIONS_HOST: text().default('0.0.0.0').meta({ description: 'address the operations port listens on' }),
  OPERATIONS_PORT: port()
    .default(0)
    .meta({ description: 'internal port with /healthz, /readyz and /metrics; 0 picks a free one' }),
  SHUTDOWN_TIMEOUT_MS: duration()
    .default(12_000)
    .meta({ description: 'how long requests in flight may take after SIGTERM before connections are cut' }),
  // The names are OpenTelemetry's own.
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl().optional().meta({
    description: 'collector of traces, which takes OTLP in JSON over HTTP; nothing is traced without one',
  }),
  OTEL_TRACES_SAMPLER_ARG: share().default(1).meta({
    description:
      'share of the requests that are traced, from 0 to 1; what the gateway chose, services trace too',
  }),
};

/** The data stores. */
export const stores = {
  MONGODB_URI: text().meta({ description: 'MongoDB, or a server that speaks its protocol' }),
  MONGODB_DATABASE: text()
    .optional()
    .meta({ description: 'database name; each service has its own by default' }),
  STORE_TIMEOUT_MS: wholeNumber(2000, 60_000).default(5000).meta({
    description: 'for how long MongoDB may be silent before a request that waits for it is answered 503',
  }),
  REDIS_URL: text().meta({ description: 'Redis or Valkey, for queues and limits' }),
  REDIS_PREFIX: text()
    .default('portico')
    .meta({ description: 'first part of every Redis key, so that installations can share a server' }),
};
