import type { Descriptor } from './schema.ts';

/** What the gateway answers itself: no service may be named so. */
const reservedNames = ['console', 'docs', 'healthz', 'metrics', 'openapi.json', 'readyz'];

/** Where descriptors are wrong by themselves or contradict each other, a sentence each. */
export function descriptorProblems(descriptors: readonly Descriptor[]): string[] {
  return [
    ...descriptors.flatMap(ownProblems),
    ...pairs(descriptors).flatMap(([one, other]) => [
      ...routeProblems(one, other),
      ...sharedProblems(one, other),
      ...secretProblems(one, other),
    ]),
    ...loneSharedRoutes(descriptors),
    ...loneKeys(descriptors),
  ];
}

function ownProblems(descriptor: Descriptor): string[] {
  const { name, kind, port, dialect, routes, secrets, instances } = descriptor;
  const problem = (message: string) => `apps/${name}/service.ts: ${message}`;
  const problems = [];
  if (reservedNames.includes(name))
    problems.push('name: the gateway answers this path itself, choose another');
  if (kind === 'worker' && port !== undefined)
    problems.push('port: a worker has no business port, remove it');
  if (kind !== 'worker' && port === undefined) problems.push('port: is missing, for example 8080');
  if (kind === 'service' && dialect === undefined)
    problems.push("dialect: is missing, for example 'dialect.ts': errors would have no wording");
  if (kind !== 'service' && routes.length > 0)
    problems.push('routes: only a service has routes, remove them');
  if (instances.most !== undefined && instances.most < instances.least)
    problems.push('instances: most must not be below least');
  for (const path of repeated(routes.flatMap(({ paths }) => paths)))
    problems.push(`routes: ${path} stands twice, keep one`);
  for (const secret of repeated(secrets.map((one) => one.name)))
    problems.push(`secrets: ${secret} stands twice, keep one`);
  for (const secret of secrets)
    if ((secret.made === 'public-key') !== (secret.of !== undefined))
      problems.push(
        `secrets: ${secret.name}: "of" names the private key of a public key, and of nothing else`,
      );
  return problems.map(problem);
}

/** A path of one service that stands at or below one of another would take its requests. */
function routeProblems(one: Descriptor, other: Descriptor): string[] {
  return verbatimPaths(one).flatMap((path) =>
    verbatimPaths(other)
      .filter((taken) => isBelow(path, taken) || isBelow(taken, path))
      .map(
        (taken) =>
          `apps/${one.name}/service.ts: routes: ${path} meets ${taken} of ${other.name}: ` +
          `choose another path, mark it prefixedOnly, or name it in sharedRoutes of both`,
      ),
  );
}

function sharedProblems(one: Descriptor, other: Descriptor): string[] {
  return one.sharedRoutes.flatMap(({ path, bodyMember, limit }) =>
    other.sharedRoutes
      .filter(
        (shared) => shared.path === path && (shared.bodyMember === bodyMember || shared.limit !== limit),
      )
      .map(
        () =>
          `apps/${one.name}/service.ts: sharedRoutes: ${path} needs another bodyMember than that of ${other.name}, and the same limit`,
      ),
  );
}

function secretProblems(one: Descriptor, other: Descriptor): string[] {
  return one.secrets
    .filter(({ name, made }) => other.secrets.some((secret) => secret.name === name && secret.made !== made))
    .map(
      ({ name }) =>
        `apps/${one.name}/service.ts: secrets: ${name} is made in another way than ${other.name} says: ` +
        'the same variable is the same secret, so name it otherwise or make it the same way',
    );
}

function loneSharedRoutes(descriptors: readonly Descriptor[]): string[] {
  return descriptors.flatMap(({ name, sharedRoutes }) =>
    sharedRoutes
      .filter(({ path }) =>
        descriptors.every(
          (other) => other.name === name || !other.sharedRoutes.some((one) => one.path === path),
        ),
      )
      .map(
        ({ path }) =>
          `apps/${name}/service.ts: sharedRoutes: no other service has ${path}: move it to routes`,
      ),
  );
}

function loneKeys(descriptors: readonly Descriptor[]): string[] {
  const privateKeys = new Set(
    descriptors
      .flatMap(({ secrets }) => secrets.filter(({ made }) => made === 'private-key'))
      .map(({ name }) => name),
  );
  return descriptors.flatMap(({ name, secrets }) =>
    secrets
      .filter(({ of }) => of !== undefined && !privateKeys.has(of))
      .map(
        (secret) =>
          `apps/${name}/service.ts: secrets: ${secret.name}: no app has the private key ${secret.of}`,
      ),
  );
}

const verbatimPaths = ({ routes }: Descriptor) =>
  routes.filter(({ prefixedOnly }) => !prefixedOnly).flatMap(({ paths }) => paths);

const isBelow = (path: string, base: string) => path === base || path.startsWith(`${base}/`);

const repeated = (names: readonly string[]) =>
  new Set(names.filter((name, index) => names.indexOf(name) !== index));

function pairs<Item>(items: readonly Item[]): [Item, Item][] {
  return items.flatMap((one, index) => items.slice(index + 1).map((other): [Item, Item] => [one, other]));
}
