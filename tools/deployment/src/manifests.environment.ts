import type { DeployedApp } from './compose.rules.ts';
import { find, ofKind, workloads, type Container, type Manifest, type SecretKey } from './manifests.ts';

/** What the rules know of the apps' secrets. */
export interface Secrets {
  /** Variables that hold a secret in any app. */
  variables: readonly string[];
  /** Keys of Secrets that exist or that an operator is told to make, as `name/key`. */
  keys: readonly string[];
}

type Given = { value: string } | { secret: SecretKey };

/** The environment of a container as the kubelet would make it; of the secrets, where they are. */
export function givenTo(manifests: readonly Manifest[], container: Container): Map<string, Given> {
  const given = new Map<string, Given>();
  for (const { configMapRef } of container.envFrom ?? []) {
    const { data = {} } = (configMapRef && find(manifests, 'ConfigMap', configMapRef.name)) ?? {};
    for (const [name, value] of Object.entries(data)) given.set(name, { value });
  }
  for (const { name, value = '', valueFrom } of container.env ?? [])
    given.set(name, valueFrom?.secretKeyRef ? { secret: valueFrom.secretKeyRef } : { value });
  return given;
}

/** The variables that are given in clear. */
export function plainEnvironment(
  manifests: readonly Manifest[],
  container: Container,
): Record<string, string> {
  return Object.fromEntries(
    [...givenTo(manifests, container)].flatMap(([name, given]) =>
      'value' in given ? [[name, given.value]] : [],
    ),
  );
}

export function environmentProblems(
  manifests: readonly Manifest[],
  apps: readonly DeployedApp[],
  secrets: Secrets,
): string[] {
  return [
    ...apps.flatMap((app) => variableProblems(manifests, app, secrets)),
    ...secretProblems(manifests, secrets),
    ...addressProblems(manifests),
  ];
}

function variableProblems(
  manifests: readonly Manifest[],
  { name, variables }: DeployedApp,
  secrets: Secrets,
): string[] {
  const container = find(manifests, 'Deployment', name)?.spec.template.spec.containers[0];
  if (!container) return [`${name} is not deployed`];
  const given = givenTo(manifests, container);
  return [
    ...(container.envFrom ?? [])
      .map((from) => from.configMapRef?.name ?? 'a whole Secret')
      .filter((map) => !find(manifests, 'ConfigMap', map))
      .map((map) => `${name} is given ${map}, which is not there`),
    ...variables.filter((one) => !given.has(one)).map((one) => `${name} is not given ${one}`),
    ...[...given.keys()]
      .filter((one) => !variables.includes(one))
      .map((one) => `${name} does not read ${one}`),
    ...[...given]
      .filter(([one, { ...at }]) => secrets.variables.includes(one) && 'value' in at && at.value !== '')
      .map(([one]) => `${name} is given the secret ${one} in clear`),
  ];
}

function secretProblems(manifests: readonly Manifest[], secrets: Secrets): string[] {
  const values = ofKind(manifests, 'ConfigMap').flatMap(({ metadata, data }) =>
    Object.entries(data ?? {}).map(([key, value]) => [`${metadata.name}, ${key}`, value] as const),
  );
  return [
    ...manifests
      .filter(({ kind }) => kind === 'Secret')
      .map(({ metadata }) => `${metadata.name} is a Secret with its values`),
    ...values
      .filter(([, value]) => /:\/\/[^/\s]*:[^/\s]*@|-----BEGIN [A-Z ]*PRIVATE KEY/.test(value))
      .map(([where]) => `${where} holds a password or a key`),
    ...secretKeys(manifests)
      .filter(({ name, key }) => !secrets.keys.includes(`${name}/${key}`))
      .map(({ name, key }) => `nobody is told to make the key ${key} of the Secret ${name}`),
  ];
}

/** Every key of a Secret that is referred to. */
export function secretKeys(manifests: readonly Manifest[]): { name: string; key: string }[] {
  return [
    ...workloads(manifests).flatMap(({ pod }) =>
      pod.containers.flatMap(({ env }) => (env ?? []).flatMap((one) => one.valueFrom?.secretKeyRef ?? [])),
    ),
    ...ofKind(manifests, 'TriggerAuthentication').flatMap(({ spec }) => spec.secretTargetRef ?? []),
    ...ofKind(manifests, 'Gateway')
      .flatMap(({ spec }) => spec.listeners)
      .flatMap(({ tls }) => tls?.certificateRefs ?? [])
      .map(({ name }) => ({ name, key: 'tls.crt' })),
  ];
}

/** Addresses inside the cluster name a Service and one of its ports. */
function addressProblems(manifests: readonly Manifest[]): string[] {
  return workloads(manifests).flatMap(({ name, pod }) =>
    pod.containers.flatMap((container) =>
      Object.entries(plainEnvironment(manifests, container)).flatMap(([variable, value]) =>
        addressed(value).flatMap(({ host, port }) => {
          const service = find(manifests, 'Service', host);
          if (!service) return [`${name} is sent to ${host} by ${variable}, which is not there`];
          return service.spec.ports.some((one) => one.port === port)
            ? []
            : [`${name} is sent to port ${port} of ${host} by ${variable}, which it does not have`];
        }),
      ),
    ),
  );
}

/** The Services in an address: a host without a dot, or a pod of a StatefulSet behind one. */
function addressed(value: string): { host: string; port: number }[] {
  return [...value.matchAll(/:\/\/(?:[a-z-]+-\d+\.)?([a-z][a-z-]*):(\d+)/g)].map(([, host = '', port]) => ({
    host,
    port: Number(port),
  }));
}
