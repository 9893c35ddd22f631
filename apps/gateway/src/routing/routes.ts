import { serviceNames, type ServiceName } from '../services.ts';

/** How strictly a route is limited. */
export type RouteClass = 'login' | 'code' | 'write' | 'read';
export const routeClasses: readonly RouteClass[] = ['login', 'code', 'write', 'read'];

/** One row of the table of verbatim paths: the path itself and everything below it. */
export interface Row {
  /** The path of the row: a label for logs and metrics that holds nothing of the client's. */
  readonly template: string;
  readonly service: ServiceName;
  /** Class of every request; without it the method decides. */
  readonly class?: RouteClass;
  /** GETs that change state or hand something out: never sent a second time (contract: rules, 2). */
  readonly unsafeGet: boolean;
}

export interface Match {
  readonly service: ServiceName;
  readonly row: Row;
  /** The documented path, without the service's prefix. */
  readonly path: string;
}

type Options = Partial<Pick<Row, 'class' | 'unsafeGet'>>;

function rowsOf(service: ServiceName, paths: readonly string[], options: Options = {}): Row[] {
  return paths.map((template) => ({ unsafeGet: false, ...options, template, service }));
}
const below = (base: string, names: string) => names.split(' ').map((name) => `${base}/${name}`);

/** Contract: one host. A service's own path is also its path under its prefix. */
const documented: readonly Row[] = [
  ...rowsOf('account-pool', ['/s/v1'], { class: 'write', unsafeGet: true }),
  ...rowsOf('account-pool', ['/web/v1']),

  ...rowsOf('sms-phone', ['/api/login', '/api/change_password'], { class: 'login', unsafeGet: true }),
  ...rowsOf('sms-phone', ['/api/register'], { class: 'code', unsafeGet: true }),
  ...rowsOf(
    'sms-phone',
    below('/api', 'recharge get_phone get_specified_phone release_phone blacklist_phone'),
    { class: 'write', unsafeGet: true },
  ),
  ...rowsOf('sms-phone', ['/api/get_sms_code'], { class: 'read', unsafeGet: true }),
  ...rowsOf('sms-phone', below('/api', 'balance search_projects test'), { class: 'read' }),

  ...rowsOf('customer-service', below('/api/auth', 'login token'), { class: 'login' }),
  ...rowsOf('customer-service', ['/api/auth/send-code'], { class: 'code' }),
  ...rowsOf('customer-service', ['/api/auth/me']),
  ...rowsOf('customer-service', below('/api', 'users tickets business-accounts contracts projects')),
  ...rowsOf('customer-service', ['/api/owa'], { class: 'code' }),

  ...rowsOf('app-support', ['/api/auth/access_token'], { class: 'login' }),
  ...rowsOf('app-support', below('/api/auth', 'send_code check_code'), { class: 'code' }),
  ...rowsOf('app-support', below('/api/auth', 'refresh_token destroy_token')),
  ...rowsOf('app-support', below('/api', 'personal push faq feedback_category message')),
  // `feedback/reply/{id}` marks what it shows as read (contract: app-support).
  ...rowsOf('app-support', ['/api/feedback'], { unsafeGet: true }),
];

/** The path that two documents share (contract: one host). */
export const sharedPath = '/api/auth/register';

const verbatim = new Map(documented.map((row) => [row.template, row]));

/** What a service has under its prefix only, by the beginning of the path. */
const prefixedOnly = new Map(
  serviceNames.map((service) => [
    service,
    {
      register: rowsOf(service, [sharedPath], { class: 'code' })[0] as Row,
      auth: rowsOf(service, ['/api/auth/*'], { class: 'login' })[0] as Row,
      admin: rowsOf(service, ['/api/admin/*'])[0] as Row,
      other: rowsOf(service, ['other'], { unsafeGet: true })[0] as Row,
    },
  ]),
);

const prefixes = new Map(serviceNames.map((service) => [`/${service}`, service]));

/** The beginning of a path, up to its n-th segment. */
function head(path: string, segments: number): string {
  let end = 0;
  for (let count = 0; count < segments; count += 1) {
    end = path.indexOf('/', end + 1);
    if (end < 0) return path;
  }
  return path.slice(0, end);
}

function rowOf(path: string): Row | undefined {
  const two = head(path, 2);
  return verbatim.get(two === '/api/auth' ? head(path, 3) : two);
}

/** The service and the row a path belongs to; undefined for a path that no service has. */
export function resolve(path: string): Match | undefined {
  const service = prefixes.get(head(path, 1));
  if (service === undefined) {
    const row = rowOf(path);
    return row && { service: row.service, row, path };
  }
  const rest = path.slice(service.length + 1) || '/';
  return { service, row: prefixedRow(service, rest), path: rest };
}

function prefixedRow(service: ServiceName, path: string): Row {
  const row = rowOf(path);
  if (row?.service === service) return row;
  const only = prefixedOnly.get(service) as NonNullable<ReturnType<typeof prefixedOnly.get>>;
  if (isSharedPath(path)) return only.register;
  const two = head(path, 2);
  if (two === '/api/auth') return only.auth;
  return two === '/api/admin' ? only.admin : only.other;
}

/** The path that two documents share, with or without the trailing slash that Express ignores. */
export function isSharedPath(path: string): boolean {
  return path === sharedPath || path === `${sharedPath}/`;
}

/** How strictly a request is limited. */
export function classOf(row: Row, method: string): RouteClass {
  return row.class ?? (method === 'GET' || method === 'HEAD' ? 'read' : 'write');
}

/** Whether sending a request twice does what sending it once does. */
export function isRepeatable(row: Row, method: string): boolean {
  return (method === 'GET' || method === 'HEAD') && !row.unsafeGet;
}
