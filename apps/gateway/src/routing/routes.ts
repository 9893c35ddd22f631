import type { Descriptor, LimitClass } from '@portico/descriptor';

/** How strictly a route is limited. */
export type RouteClass = LimitClass;
export { limitClasses as routeClasses } from '@portico/descriptor';

/** What a service documents: a path and everything below it. */
export interface Row {
  /** The path of the row: a label for logs and metrics that holds nothing of the client's. */
  readonly template: string;
  readonly service: string;
  /** Class of every request; without it the method decides. */
  readonly class: RouteClass | undefined;
  /** GETs that change state or hand something out: never sent a second time. */
  readonly unsafeGet: boolean;
  /** False for what a service has under its prefix without a row of its own. */
  readonly isDocumented: boolean;
}

export interface Match {
  readonly service: string;
  readonly row: Row;
  /** The documented path, without the service's prefix. */
  readonly path: string;
}

/** A path that several services document; a member of the body tells them apart. */
export interface SharedPath {
  readonly path: string;
  readonly class: RouteClass;
  readonly services: readonly { readonly service: string; readonly bodyMember: string }[];
}

export interface RouteTable {
  /** The service and the row a path belongs to; undefined for a path that no service has. */
  resolve(path: string): Match | undefined;
  shared(path: string): SharedPath | undefined;
}

const safe = { unsafeGet: false, isDocumented: true };

/** Every documented path, verbatim and under its service's prefix, where the service has all others too. */
export function createRouteTable(services: readonly Descriptor[]): RouteTable {
  const verbatim = new Map<string, Row>();
  const prefixed = new Map<string, { service: string; rows: Map<string, Row>; other: Row }>();
  const shared = new Map<string, SharedPath>();
  for (const descriptor of services) {
    const { name: service } = descriptor;
    const rows = new Map<string, Row>();
    for (const { paths, limit, unsafeGet, prefixedOnly } of descriptor.routes) {
      for (const template of paths) {
        const row = { template, service, class: limit, unsafeGet, isDocumented: true };
        rows.set(template, row);
        if (!prefixedOnly) verbatim.set(template, row);
      }
    }
    for (const { path, bodyMember, limit } of descriptor.sharedRoutes) {
      rows.set(path, { ...safe, template: path, service, class: limit });
      const others = shared.get(path)?.services ?? [];
      shared.set(path, { path, class: limit, services: [...others, { service, bodyMember }] });
    }
    const { administration } = descriptor;
    if (administration !== undefined)
      rows.set(administration, { ...safe, template: administration, service, class: undefined });
    const other = { template: 'other', service, class: undefined, unsafeGet: true, isDocumented: false };
    prefixed.set(`/${service}`, { service, rows, other });
  }

  const tables = [verbatim, ...[...prefixed.values()].map(({ rows }) => rows)];
  const depth = Math.max(
    1,
    ...tables.flatMap((rows) => [...rows.keys()].map((path) => path.split('/').length - 1)),
  );
  const rowOf = (rows: ReadonlyMap<string, Row>, path: string): Row | undefined => {
    for (let segments = depth; segments > 0; segments -= 1) {
      const row = rows.get(head(path, segments));
      if (row) return row;
    }
    return undefined;
  };
  return {
    resolve(path) {
      const service = prefixed.get(head(path, 1));
      if (!service) {
        const row = rowOf(verbatim, path);
        return row && { service: row.service, row, path };
      }
      const rest = path.slice(service.service.length + 1) || '/';
      return { service: service.service, row: rowOf(service.rows, rest) ?? service.other, path: rest };
    },
    // With or without the trailing slash that Express ignores.
    shared: (path) => shared.get(path.endsWith('/') ? path.slice(0, -1) : path),
  };
}

/** The beginning of a path, up to its n-th segment. */
function head(path: string, segments: number): string {
  let end = 0;
  for (let count = 0; count < segments; count += 1) {
    end = path.indexOf('/', end + 1);
    if (end < 0) return path;
  }
  return path.slice(0, end);
}

/** How strictly a request is limited. */
export function classOf(row: Row, method: string): RouteClass {
  return row.class ?? (method === 'GET' || method === 'HEAD' ? 'read' : 'write');
}

/** Whether sending a request twice does what sending it once does. */
export function isRepeatable(row: Row, method: string): boolean {
  return (method === 'GET' || method === 'HEAD') && !row.unsafeGet;
}
