import {
  commaList,
  duration,
  httpProcess,
  httpUrl,
  loadConfig,
  oneOf,
  port,
  processEnvironment,
  requiredInProduction,
  stores,
  text,
  wholeNumber,
  type Environment,
} from '@portico/config';
import { urlVariable } from '@portico/descriptor';
import { z } from 'zod';
import { services } from './services.ts';

/** `points/seconds`. */
function rate() {
  return text()
    .regex(/^[1-9]\d{0,8}\/[1-9]\d{0,4}$/, 'must be requests/seconds, for example 60/60')
    .transform((value) => {
      const [points, seconds] = value.split('/').map(Number) as [number, number];
      return { points, seconds };
    });
}

function instances(service: string) {
  return commaList()
    .pipe(z.array(httpUrl()))
    .default([])
    .meta({ description: `base URLs of ${service}'s instances, comma-separated; none answers 503` });
}

/** The addresses of each service, by the variable that its descriptor derives. */
const addresses = Object.fromEntries(
  services.map((service) => [urlVariable(service), instances(service.name)]),
);

/** Every variable that the gateway reads. */
export const shape = {
  ...processEnvironment,
  ...httpProcess,
  PORT: port().default(8080).meta({ description: 'business port; 0 picks a free one' }),

  ...(addresses as Record<never, never>),
  NOTIFIER_URL: httpUrl()
    .optional()
    .meta({ description: "the notifier's operations port, shown under /notifier of the operations port" }),

  REDIS_URL: requiredInProduction(text(), {
    description: 'Redis for the limits of all gateways; without it each process counts for itself',
  }),
  REDIS_PREFIX: stores.REDIS_PREFIX,

  CONSOLE: oneOf('on', 'off').default('on').meta({ description: 'whether /console/ serves the console' }),
  CONSOLE_DIR: text()
    .optional()
    .meta({ description: 'folder of the built console, where it is not that of this checkout or image' }),
  CONSOLE_CONNECT_SRC: commaList().default([]).meta({
    description: 'origins that the console may call beside its own, such as the bucket of project files',
  }),

  TRUSTED_PROXIES: wholeNumber(0, 10).default(0).meta({
    description: 'exact number of proxies in front whose X-Forwarded-For is believed',
  }),
  CORS_ORIGINS: commaList()
    .default(['*'])
    .meta({ description: 'origins whose pages may call, comma-separated; * is any, without credentials' }),

  RATE_LIMITS: oneOf('on', 'off').default('on').meta({
    description: 'off lifts the limits by client address, for load tests; production refuses it',
  }),
  RATE_LIMIT_LOGIN: rate()
    .prefault('120/60')
    .meta({ description: 'logins of one client address, requests/seconds' }),
  RATE_LIMIT_CODE: rate()
    .prefault('120/60')
    .meta({ description: 'requests that send or check a code, of one client address, requests/seconds' }),
  RATE_LIMIT_WRITE: rate()
    .prefault('5000/10')
    .meta({ description: 'requests that change something, of one client address, requests/seconds' }),
  RATE_LIMIT_READ: rate()
    .prefault('10000/10')
    .meta({ description: 'reads of one client address, requests/seconds' }),

  CONNECT_TIMEOUT_MS: duration()
    .default(800)
    .meta({ description: 'how long a connection to a service may take' }),
  RESPONSE_TIMEOUT_MS: duration()
    .default(40_000)
    .meta({ description: 'how long a service may take to begin its answer; longer than its longest poll' }),
  MAX_CONNECTIONS: wholeNumber(1, 10_000)
    .default(512)
    .meta({ description: 'connections to one instance of a service, and as many for requests that wait' }),
  MAX_CONNECTION_AGE_MS: duration().default(45_000).meta({
    description: 'after about so long a connection is replaced, so that new instances get their share',
  }),
  MAX_IN_FLIGHT: wholeNumber(1, 100_000)
    .default(1000)
    .meta({ description: 'requests in flight at one service; more are answered 503' }),
  MAX_WAITING: wholeNumber(1, 100_000)
    .default(500)
    .meta({ description: 'requests with wait= among those in flight at one service' }),
  MAX_WAITING_PER_CLIENT: wholeNumber(1, 100_000).default(100).meta({
    description: 'requests with wait= of one address, credential or path at a time; more are answered 429',
  }),
  MAX_SLOW_BODIES_PER_CLIENT: wholeNumber(1, 100_000).default(32).meta({
    description: 'bodies of one address or credential that take longer than a second to arrive, at a time',
  }),
  BREAKER_FAILURES: wholeNumber(1, 1000)
    .default(5)
    .meta({ description: 'failures in a row after which an instance gets no requests for a while' }),
  BREAKER_OPEN_MS: duration()
    .default(1000)
    .meta({ description: 'the first such while; it doubles up to eight times of it' }),
  MAX_BODY_BYTES: wholeNumber(1, 2 ** 40)
    .default(16 * 1024 * 1024)
    .meta({ description: 'largest body of a request, where its service does not say otherwise' }),
};

/** The gateway's environment. */
export function readConfig(environment?: Environment) {
  const config = loadConfig(
    'gateway',
    shape,
    ({ NODE_ENV, RATE_LIMITS }) =>
      NODE_ENV === 'production' && RATE_LIMITS === 'off' ? ['RATE_LIMITS: must be on in production'] : [],
    environment,
  );
  const values = config as typeof config & Readonly<Record<string, readonly string[]>>;
  const urls = new Map(services.map((service) => [service.name, values[urlVariable(service)] ?? []]));
  return { ...config, urls };
}

export type Config = ReturnType<typeof readConfig>;
