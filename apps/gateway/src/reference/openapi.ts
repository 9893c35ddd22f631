import type { RouteTable, SharedPath } from '../routing/routes.ts';

type Json = Record<string, unknown>;
type PathItem = Record<string, Json>;

/** A service's document as far as the merger reads it. */
export interface ServiceDocument {
  info?: { description?: string };
  paths?: Record<string, PathItem>;
  components?: { securitySchemes?: Record<string, Json> };
}

export interface Reference {
  /** The merged document of the services that answer now. */
  document(): Promise<object>;
}

const keptMs = 10_000;
const patienceMs = 1500;

/** Asks the services for their documents, at most every ten seconds. */
export function createReference(urls: ReadonlyMap<string, readonly string[]>, table: RouteTable): Reference {
  let kept: { document: Promise<object>; until: number } | undefined;
  const fetchAll = async () => {
    const documents = await Promise.all(
      [...urls].map(async ([service, addresses]) => [service, await firstAnswer(addresses)] as const),
    );
    return mergeDocuments(
      documents.flatMap(([service, found]) => (found ? [[service, found]] : [])),
      table,
    );
  };
  return {
    async document() {
      const now = performance.now();
      if (!kept || now > kept.until) kept = { document: fetchAll(), until: now + keptMs };
      return kept.document;
    },
  };
}

async function firstAnswer(urls: readonly string[]): Promise<ServiceDocument | undefined> {
  for (const url of urls) {
    try {
      const answer = await fetch(`${url}/openapi.json`, { signal: AbortSignal.timeout(patienceMs) });
      if (answer.ok) return (await answer.json()) as ServiceDocument;
      await answer.body?.cancel();
    } catch {
      // The next instance may answer; a service without one is left out.
    }
  }
  return undefined;
}

/**
 * One document of several: every path under its service's prefix, and as documented where the gateway takes it
 * verbatim. Names of tags and security schemes get the service's name before them.
 */
export function mergeDocuments(
  documents: readonly (readonly [string, ServiceDocument])[],
  table: RouteTable,
): object {
  const paths: Record<string, PathItem> = {};
  const securitySchemes: Record<string, Json> = {};
  const tags: Json[] = [];
  for (const [service, document] of documents) {
    for (const [name, scheme] of Object.entries(document.components?.securitySchemes ?? {}))
      securitySchemes[`${service}.${name}`] = scheme;
    const seen = new Set<string>();
    for (const [path, item] of Object.entries(document.paths ?? {})) {
      const named = renamed(service, item, seen);
      paths[`/${service}${path}`] = named;
      const target = path.replace(/[{}]/g, '');
      const shared = table.shared(path);
      if (shared) paths[path] = either(paths[path], named, shared);
      else if (table.resolve(target)?.service === service && !target.startsWith(`/${service}`))
        paths[path] = named;
    }
    for (const name of seen) tags.push({ name });
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Portico',
      version: '1.0.0',
      description: [
        'Every path is reachable under the prefix of its service, and where it stands here without one, verbatim.',
        ...documents.map(([service, { info }]) => `**${service}**: ${info?.description ?? ''}`),
      ].join('\n\n'),
    },
    tags,
    paths,
    components: { securitySchemes },
  };
}

function renamed(service: string, item: PathItem, seen: Set<string>): PathItem {
  return Object.fromEntries(
    Object.entries(item).map(([method, operation]) => {
      const { tags = [], security = [] } = operation as {
        tags?: string[];
        security?: Record<string, unknown>[];
      };
      const names = tags.map((tag) => `${service}: ${tag}`);
      for (const name of names) seen.add(name);
      const schemes = security.map((one) =>
        Object.fromEntries(Object.entries(one).map(([name, scopes]) => [`${service}.${name}`, scopes])),
      );
      return [method, { ...operation, tags: names, security: schemes }];
    }),
  );
}

/** The path that several documents share, as one operation that takes the body of each. */
function either(first: PathItem | undefined, second: PathItem, { services }: SharedPath): PathItem {
  const [one, other] = [first?.['post'], second['post']];
  if (!one || !other) return { ...first, ...second };
  const post = {
    ...other,
    summary: services.map(({ service, bodyMember }) => `with \`${bodyMember}\` at ${service}`).join(', '),
    tags: [...(one['tags'] as string[]), ...(other['tags'] as string[])],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: { anyOf: [...schemasOf(one), ...schemasOf(other)] } } },
    },
  };
  return { ...first, ...second, post };
}

function schemasOf(operation: Json): unknown[] {
  const body = operation['requestBody'] as { content?: Record<string, { schema?: Json }> } | undefined;
  const schema = body?.content?.['application/json']?.schema ?? {};
  return Array.isArray(schema['anyOf']) ? schema['anyOf'] : [schema];
}
