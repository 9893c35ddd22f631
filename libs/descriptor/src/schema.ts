import { z } from 'zod';

/** How strictly the gateway limits the requests of one client address to a route. */
export const limitClasses = ['login', 'code', 'write', 'read'] as const;
export type LimitClass = (typeof limitClasses)[number];

const kebabCase = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const upperCase = /^[A-Z][A-Z0-9_]*$/;
const quantity = /^\d+(Ki|Mi|Gi)$/;

/** A path from the root, without a trailing slash, of plain segments: `/api/tickets`. */
const path = z
  .string()
  .regex(/^(\/[\w.~-]+)+$/, 'must be a path of plain segments without a trailing slash, such as /api/items');
const file = z.string().regex(/^[\w./-]+\.ts$/, 'must be a .ts file, relative to the folder of the app');
const port = z.int().min(1).max(65_535);

const route = z.strictObject({
  /** Each path and everything below it. */
  paths: z.array(path).min(1),
  /** Without it the method decides: `read` for GET and HEAD, else `write`. */
  limit: z.enum(limitClasses).optional(),
  /** A GET here changes state or hands something out: it is never sent a second time (contract: rules, 2). */
  unsafeGet: z.boolean().default(false),
  /** Reachable under `/<name>` only; without it also under the documented path itself. */
  prefixedOnly: z.boolean().default(false),
});

const sharedRoute = z.strictObject({
  path,
  /** The member of the JSON body that means this service; the other service names another one. */
  bodyMember: z.string().min(1),
  limit: z.enum(limitClasses),
});

const store = z.enum(['required', 'optional']);

const secret = z.strictObject({
  /** The environment variable. Services that name the same variable get the same secret. */
  name: z.string().regex(upperCase, 'must be the name of an environment variable'),
  /**
   * How development makes it: 32 random bytes, a list of one such secret with an id (`first:…`), an AES-256 key with
   * an id (`k1:…`), the halves of a P-256 key pair as PEM, or the first operator's address and password. A secret that
   * is `given` is never made: the operator has it from a provider, and the app starts without it in development.
   */
  made: z.enum([
    'random',
    'named-list',
    'sealing-key',
    'private-key',
    'public-key',
    'operator-email',
    'operator-password',
    'given',
  ]),
  /** Of a public key: the variable of the private key that it is made with. */
  of: z.string().regex(upperCase).optional(),
});

/** What `apps/<name>/service.ts` says of its app: data only, so that every reader can load it without the app. */
export const descriptorSchema = z.strictObject({
  /** The folder in `apps/`, the prefix at the gateway, and the name in logs, metrics and manifests. */
  name: z.string().regex(kebabCase, 'must be lower-case words joined by hyphens'),
  /** The gateway is the front door, services stand behind it, workers have no business port. */
  kind: z.enum(['gateway', 'service', 'worker']),
  title: z.strictObject({ zh: z.string().min(1), en: z.string().min(1) }),
  /** The team, as CODEOWNERS names it. */
  owner: z.string().regex(/^@[\w-]+\/[\w-]+$/, 'must be a team, such as @portico/accounts'),
  /** The business port in a container; on one machine ports are picked. A worker has none. */
  port: port.optional(),
  routes: z.array(route).default([]),
  /** Paths that another service documents too: the body of the request says which of them is meant. */
  sharedRoutes: z.array(sharedRoute).default([]),
  /** Where bodies may be larger than the gateway's own limit, by the beginning of the path. */
  bodyLimits: z.array(z.strictObject({ path, bytes: z.int().positive() })).default([]),
  /** Prefix of the operators' endpoints, below the prefix of the service. */
  administration: path.optional(),
  uses: z
    .strictObject({
      /** `optional`: readiness does not depend on it, because most requests are answered without it. */
      mongodb: store.optional(),
      redis: store.optional(),
      /** Notifications that are written with the change (libs/outbox). */
      outbox: z.boolean().default(false),
      /** Files in `DATA_DIR` that outlive the process. */
      files: z.boolean().default(false),
      /** Hosts outside the cluster: network policies open exactly these ports. */
      outside: z.array(z.strictObject({ what: z.string().min(1), ports: z.array(port).min(1) })).default([]),
    })
    .prefault({}),
  secrets: z.array(secret).default([]),
  memory: z.strictObject({
    request: z.string().regex(quantity, 'must be a quantity such as 160Mi'),
    limit: z.string().regex(quantity, 'must be a quantity such as 512Mi'),
  }),
  /** V8's flags where all processes share one machine (`npm start`). */
  nodeFlags: z.array(z.string().regex(/^--[a-z-]+(=\S+)?$/)).default([]),
  /** How many run in production; without `most` their number is not changed by load. */
  instances: z.strictObject({ least: z.int().positive(), most: z.int().positive().optional() }),
  /** Exports `dialect(options)`: how errors and successes are worded. Every service has one. */
  dialect: file.optional(),
  /** Exports `shape`, the environment as zod schemas. */
  config: file,
  /** Exports `metrics`, the rows of what this app alone serves. */
  metrics: file.optional(),
});

/** A descriptor as `service.ts` writes it: what has a default may be left out. */
export type ServiceDescriptor = z.input<typeof descriptorSchema>;

/** A descriptor as its readers get it: checked, with every default in its place. */
export type Descriptor = z.output<typeof descriptorSchema>;

/** A metric that one app serves, as `docs/metrics.md` shows it and as rules and panels may use it. */
export interface MetricRow {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  /** What it measures, as the process itself says. */
  help: string;
  /** Labels and the values they may have: a list, or what bounds them. */
  labels: Record<string, readonly string[] | string>;
  /** Where nothing of it is served until something happens. */
  from?: string;
}
