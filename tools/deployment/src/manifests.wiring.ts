import { channels, queuePrefix } from '@portico/queue';
import type { DeployedApp } from './compose.rules.ts';
import { plainEnvironment } from './manifests.environment.ts';
import { numberOf } from './manifests.pods.ts';
import {
  find,
  ofKind,
  selects,
  workloads,
  type Manifest,
  type ManifestOf,
  type Overlay,
  type Selector,
  type Workload,
} from './manifests.ts';

/** Everything in which manifests that mean each other miss each other. */
export function wiringProblems(
  manifests: readonly Manifest[],
  apps: readonly DeployedApp[],
  overlay: Overlay,
): string[] {
  const running = workloads(manifests);
  return [
    ...running.flatMap((workload) => selectorProblems(workload, running)),
    ...ofKind(manifests, 'Service').flatMap((service) => serviceProblems(service, running)),
    ...apps.flatMap(({ name }) => missingProblems(manifests, name)),
    ...ofKind(manifests, 'PodDisruptionBudget').flatMap((budget) => budgetProblems(budget, running)),
    ...apps.flatMap(({ name }) => scalingProblems(manifests, name, overlay)),
    ...scalerProblems(manifests),
    ...doorProblems(manifests),
    ...monitorProblems(manifests, apps),
    ...storeProblems(manifests),
  ];
}

function chosen(selector: Selector | undefined, running: readonly Workload[]): string[] {
  return selector ? running.filter(({ labels }) => selects(selector, labels)).map(({ name }) => name) : [];
}

function selectorProblems({ name, kind, selector, pod, labels }: Workload, running: readonly Workload[]) {
  const pods = chosen(selector, running);
  return [
    ...(kind === 'Job' || pods.includes(name) ? [] : [`the selector of ${name} does not match its pods`]),
    ...pods
      .filter((other) => other !== name)
      .map((other) => `${name} takes the pods of ${other} for its own`),
    ...(pod.topologySpreadConstraints ?? [])
      .filter(({ labelSelector }) => !labelSelector || !selects(labelSelector, labels))
      .map(() => `${name} is spread against pods of others`),
  ];
}

function serviceProblems({ metadata, spec }: ManifestOf<'Service'>, running: readonly Workload[]): string[] {
  const { name } = metadata;
  const pods = running.filter(({ labels }) => selects({ matchLabels: spec.selector ?? {} }, labels));
  if (pods.map((workload) => workload.name).join() !== name)
    return [`the Service ${name} leads to ${pods.map((one) => one.name).join(', ') || 'nobody'}`];
  return spec.ports
    .filter(
      ({ targetPort, port }) =>
        !pods.every(({ pod }) => pod.containers.some((one) => numberOf(one, targetPort ?? port))),
    )
    .map(
      ({ targetPort, port }) =>
        `the Service ${name} leads to port ${targetPort ?? port}, which its pods do not have`,
    );
}

function missingProblems(manifests: readonly Manifest[], name: string): string[] {
  return (['Service', 'PodDisruptionBudget'] as const)
    .filter((kind) => !find(manifests, kind, name))
    .map((kind) => `${name} has no ${kind}`);
}

function budgetProblems({ metadata, spec }: ManifestOf<'PodDisruptionBudget'>, running: readonly Workload[]) {
  const { name } = metadata;
  const pods = chosen(spec.selector, running);
  return [
    ...(pods.join() === name ? [] : [`the budget ${name} is for ${pods.join(', ') || 'nobody'}`]),
    ...(spec.maxUnavailable === 1 && spec.minAvailable === undefined
      ? []
      : [`the budget ${name} does not let nodes be emptied one pod at a time`]),
  ];
}

/** Who scales an app. */
function scalersOf(manifests: readonly Manifest[], name: string) {
  return [
    ...ofKind(manifests, 'HorizontalPodAutoscaler')
      .filter(({ spec }) => spec.scaleTargetRef.kind === 'Deployment' && spec.scaleTargetRef.name === name)
      .map(({ kind, spec }) => ({ kind, least: spec.minReplicas ?? 1, most: spec.maxReplicas })),
    ...ofKind(manifests, 'ScaledObject')
      .filter(({ spec }) => spec.scaleTargetRef.name === name)
      .map(({ kind, spec }) => ({
        kind,
        least: spec.minReplicaCount ?? 0,
        most: spec.maxReplicaCount ?? 100,
      })),
  ];
}

function scalingProblems(manifests: readonly Manifest[], name: string, overlay: Overlay): string[] {
  const deployment = find(manifests, 'Deployment', name);
  if (!deployment) return [];
  const scalers = scalersOf(manifests, name);
  const least = scalers[0]?.least ?? deployment.spec.replicas ?? 1;
  return [
    scalers.length > 1 && `${name} is scaled by ${scalers.map(({ kind }) => kind).join(' and ')}`,
    scalers.some(({ least: from, most }) => from > most) && `${name} is scaled to fewer than its least`,
    scalers.length > 0 &&
      deployment.spec.replicas !== undefined &&
      `${name} says how many it is, and so does the ${scalers[0]?.kind}`,
    overlay === 'production' && least < 2 && `${name} may be a single instance`,
    overlay === 'production' && scalers.length === 0 && `nobody scales ${name}`,
  ].filter((problem) => typeof problem === 'string');
}

function scalerProblems(manifests: readonly Manifest[]): string[] {
  const targets = [...ofKind(manifests, 'HorizontalPodAutoscaler'), ...ofKind(manifests, 'ScaledObject')];
  const notifier = find(manifests, 'Deployment', 'notifier')?.spec.template.spec.containers[0];
  const prefix = notifier && plainEnvironment(manifests, notifier)['REDIS_PREFIX'];
  // BullMQ's list of the jobs that nobody has taken.
  const waiting = channels.map((channel) => `${queuePrefix(prefix ?? '', channel)}:${channel}:wait`);
  return [
    ...targets
      .filter(({ spec }) => !find(manifests, 'Deployment', spec.scaleTargetRef.name))
      .map(({ metadata, spec }) => `${metadata.name} scales ${spec.scaleTargetRef.name}, which is not there`),
    ...ofKind(manifests, 'ScaledObject').flatMap(({ spec, metadata }) => {
      const counted = spec.triggers.map((trigger) => trigger.metadata['listName'] ?? '');
      return [
        ...waiting
          .filter((list) => !counted.includes(list))
          .map((list) => `${metadata.name} is not scaled by ${list}`),
        ...counted
          .filter((list) => !waiting.includes(list))
          .map((list) => `${metadata.name} is scaled by ${list}, which is no queue`),
        ...spec.triggers
          .map(({ authenticationRef }) => authenticationRef?.name ?? '')
          .filter((name) => !find(manifests, 'TriggerAuthentication', name))
          .map((name) => `${metadata.name} is scaled with the authentication ${name}, which is not there`),
      ];
    }),
  ];
}

/** There is one door, it leads to the gateway, and the gateway believes the proxy in it. */
function doorProblems(manifests: readonly Manifest[]): string[] {
  const routes = ofKind(manifests, 'HTTPRoute');
  const backends = [
    ...ofKind(manifests, 'Ingress')
      .flatMap(({ spec }) => spec.rules.flatMap(({ http }) => http.paths))
      .map(({ backend: { service } }) => ({
        name: service.name,
        port: service.port.number ?? service.port.name,
      })),
    ...routes.flatMap(({ spec }) => spec.rules.flatMap(({ backendRefs }) => backendRefs ?? [])),
  ];
  const gateway = find(manifests, 'Deployment', 'gateway')?.spec.template.spec.containers[0];
  const proxies = Number(gateway && plainEnvironment(manifests, gateway)['TRUSTED_PROXIES']);
  return [
    ...(backends.length === 1 ? [] : [`there are ${backends.length} doors`]),
    ...backends.flatMap(({ name, port }) => {
      if (name !== 'gateway') return [`a door leads to ${name}`];
      const ports = find(manifests, 'Service', name)?.spec.ports ?? [];
      const found = ports.find((one) => one.port === port || one.name === port);
      return found?.name === 'http' ? [] : [`a door leads to port ${port} of ${name}`];
    }),
    ...routes.flatMap(({ metadata, spec }) =>
      spec.parentRefs
        .filter(({ name, sectionName }) => {
          const listener = find(manifests, 'Gateway', name)?.spec.listeners.find(
            (one) => one.name === sectionName,
          );
          return !listener || (spec.hostnames ?? []).join() !== listener.hostname;
        })
        .map(
          ({ name, sectionName }) => `the route ${metadata.name} is for no host of ${sectionName} of ${name}`,
        ),
    ),
    ...(proxies === 1 ? [] : [`the gateway believes ${proxies} proxies, and one stands before it`]),
  ];
}

function monitorProblems(manifests: readonly Manifest[], apps: readonly DeployedApp[]): string[] {
  const running = workloads(manifests);
  return ofKind(manifests, 'PodMonitor').flatMap(({ metadata, spec }) => {
    const watched = running.filter(({ labels }) => selects(spec.selector, labels));
    return [
      ...apps
        .filter(({ name }) => !watched.some((one) => one.name === name))
        .map(({ name }) => `${metadata.name} does not watch ${name}`),
      ...spec.podMetricsEndpoints.flatMap(({ port }) =>
        watched
          .filter(({ pod }) => !pod.containers.some((one) => numberOf(one, port)))
          .map(({ name }) => `${metadata.name} asks port ${port} of ${name}, which it does not have`),
      ),
    ];
  });
}

/** What is written outlives the pod, and all instances see it. */
function storeProblems(manifests: readonly Manifest[]): string[] {
  const service = 'customer-service';
  const deployment = find(manifests, 'Deployment', service);
  const pod = deployment?.spec.template.spec;
  const container = pod?.containers[0];
  const bucket = container && plainEnvironment(manifests, container)['S3_BUCKET'];
  const claims = (pod?.volumes ?? []).flatMap(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
  );
  const alone = scalersOf(manifests, service).length === 0 && (deployment?.spec.replicas ?? 1) === 1;
  const redis = find(manifests, 'StatefulSet', 'redis')?.spec.template.spec.containers[0]?.args?.join(' ');
  const mongodb = find(manifests, 'StatefulSet', 'mongodb')?.spec.template.spec.containers[0]?.args?.join(
    ' ',
  );
  return [
    !bucket &&
      !(alone && claims.length > 0) &&
      `${service} keeps files where they end with the pod, or unseen by others`,
    ...claims
      .filter((claim) => !find(manifests, 'PersistentVolumeClaim', claim))
      .map((claim) => `${service} claims ${claim}, which is not there`),
    ...ofKind(manifests, 'StatefulSet')
      .filter(({ spec }) => !find(manifests, 'Service', spec.serviceName))
      .map(
        ({ metadata, spec }) => `${metadata.name} has its names from ${spec.serviceName}, which is not there`,
      ),
    redis?.includes('--appendonly yes') === false && 'redis forgets its jobs when it is restarted',
    redis?.includes('--maxmemory-policy noeviction') === false && 'redis may push jobs out of its memory',
    mongodb?.includes('--replSet rs0') === false && 'mongodb is no replica set',
  ].filter((problem) => typeof problem === 'string');
}
