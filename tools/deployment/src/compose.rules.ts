import type { Compose } from './compose.ts';

/** What an app is to the rules: its name and the variables that it reads. */
export interface DeployedApp {
  name: string;
  variables: readonly string[];
}

/** Everything in which the compose file is not what the apps need, as sentences. */
export function composeProblems(compose: Compose, apps: readonly DeployedApp[]): string[] {
  return [
    ...apps.flatMap((app) => environmentProblems(compose, app)),
    ...apps.flatMap((app) => hardeningProblems(compose, app)),
    ...referenceProblems(compose),
    ...portProblems(compose),
    ...storeProblems(compose),
  ];
}

function environmentProblems({ services }: Compose, { name, variables }: DeployedApp): string[] {
  const service = services[name];
  if (!service) return [`${name} is not in the compose file`];
  const declared = Object.keys(service.environment ?? {});
  return [
    ...variables
      .filter((variable) => !declared.includes(variable))
      .map((one) => `${name} is not given ${one}`),
    ...declared
      .filter((variable) => !variables.includes(variable))
      .map((one) => `${name} does not read ${one}`),
  ];
}

function hardeningProblems({ services }: Compose, { name }: DeployedApp): string[] {
  const service = services[name];
  if (!service) return [];
  const grace = Number.parseInt(service.stop_grace_period ?? '10s', 10) * 1000;
  const drain = Number(service.environment?.['SHUTDOWN_TIMEOUT_MS']);
  const probe = `127.0.0.1:${service.environment?.['OPERATIONS_PORT']}/readyz`;
  return [
    service.build?.args['APP'] !== name && `${name} is built as ${service.build?.args['APP']}`,
    service.mem_limit === undefined && `${name} may take all memory`,
    service.read_only !== true && `${name} may write to its root`,
    service.user !== '1000:1000' && `${name} does not run as the user of the image`,
    !service.cap_drop?.includes('ALL') && `${name} keeps capabilities`,
    !(grace > drain) && `${name} is killed before it has drained`,
    !service.healthcheck?.test.join(' ').includes(probe) &&
      `the health check of ${name} does not ask ${probe}`,
  ].filter((problem) => problem !== false);
}

function referenceProblems({ services, volumes, networks }: Compose): string[] {
  return Object.entries(services).flatMap(([name, service]) => [
    ...(/:[^/]+$/.test(service.image) && !service.image.endsWith(':latest')
      ? []
      : [`the image of ${name} is not pinned`]),
    ...Object.entries(service.depends_on ?? {}).flatMap(([other, { condition }]) => {
      const target = services[other];
      if (!target) return [`${name} waits for ${other}, which is not there`];
      if (condition === 'service_healthy' && !target.healthcheck)
        return [`${name} waits for the health of ${other}, which has no health check`];
      return [];
    }),
    ...(service.volumes ?? [])
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((volume) => !(volume in volumes))
      .map((volume) => `${name} uses the volume ${volume}, which is not declared`),
    ...(service.networks ?? [])
      .filter((network) => !(network in networks))
      .map((network) => `${name} is in the network ${network}, which is not declared`),
    ...Object.entries(service.environment ?? {}).flatMap(([variable, value]) =>
      addressedHosts(String(value))
        .filter((host) => !(host in services))
        .map((host) => `${name} is sent to ${host} by ${variable}, which is not there`),
    ),
  ]);
}

/** The hosts without a dot in an address: services of this file. */
function addressedHosts(value: string): string[] {
  return [...value.matchAll(/:\/\/([a-z][a-z-]*)(?=[:/}]|$)/g)].map(([, host = '']) => host);
}

function portProblems({ services }: Compose): string[] {
  const published = Object.entries(services).filter(([, { ports }]) => (ports ?? []).length > 0);
  const names = published.map(([name]) => name);
  // Docker opens a port on all interfaces where it is not given an address, past the firewall of the machine.
  const open = published
    .flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port] as const))
    .filter(([, port]) => !port.startsWith('${BIND_ADDRESS:-127.0.0.1}:'));
  return [
    ...(names.join() === 'gateway' ? [] : [`published: ${names.join(', ')}; only the gateway may be`]),
    ...open.map(([name]) => `${name} is published on all interfaces`),
  ];
}

function storeProblems({ services }: Compose): string[] {
  const redis = services['redis']?.command?.join(' ') ?? '';
  const mongodb = services['mongodb']?.command?.join(' ') ?? '';
  return [
    !redis.includes('--appendonly yes') && 'redis forgets its jobs when it is restarted',
    !redis.includes('--maxmemory-policy noeviction') && 'redis may push jobs out of its memory',
    !mongodb.includes('--replSet rs0') && 'mongodb is no replica set',
  ].filter((problem) => problem !== false);
}
