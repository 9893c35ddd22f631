import type { DeployedApp } from './compose.rules.ts';
import { plainEnvironment } from './manifests.environment.ts';
import { find, ofKind, workloads, type Container, type Manifest, type Workload } from './manifests.ts';

/** The volumes that the restricted level of pod security allows and that the apps use. */
const volumeKinds = ['name', 'emptyDir', 'persistentVolumeClaim', 'configMap', 'secret', 'projected'];

/** The checks of readiness that a probe may leave out. */
const stores = ['mongodb', 'redis'];

/** How long proxies and the gateway may take to hear that an endpoint has gone. */
const endpointsLeaveMs = 3000;

/**
 * Everything in which pods are not what they should be.
 *
 * @param served the paths of the operations port
 */
export function podProblems(
  manifests: readonly Manifest[],
  apps: readonly DeployedApp[],
  served: readonly string[],
): string[] {
  return [
    ...namespaceProblems(manifests),
    ...workloads(manifests).flatMap((workload) => securityProblems(manifests, workload)),
    ...workloads(manifests).flatMap((workload) => sizeProblems(workload)),
    ...apps.flatMap((app) => appProblems(manifests, app, served)),
  ];
}

function namespaceProblems(manifests: readonly Manifest[]): string[] {
  const [namespace, ...others] = ofKind(manifests, 'Namespace');
  if (!namespace || others.length > 0) return ['there is not one namespace'];
  const { name, labels = {} } = namespace.metadata;
  return [
    ...(labels['pod-security.kubernetes.io/enforce'] === 'restricted'
      ? []
      : [`the namespace ${name} does not enforce restricted pod security`]),
    ...manifests
      .filter((one) => one !== namespace && one.metadata.namespace !== name)
      .map(({ kind, metadata }) => `${kind} ${metadata.name} is not in the namespace ${name}`),
  ];
}

function securityProblems(manifests: readonly Manifest[], { name, pod }: Workload): string[] {
  const account = pod.serviceAccountName;
  return [
    pod.automountServiceAccountToken !== false && `${name} is given a token for the cluster`,
    account !== undefined &&
      find(manifests, 'ServiceAccount', account)?.automountServiceAccountToken !== false &&
      `the ServiceAccount ${account} of ${name} is not there, or gives a token`,
    (pod.securityContext?.runAsNonRoot !== true || pod.securityContext.runAsUser === 0) &&
      `${name} may run as root`,
    pod.securityContext?.seccompProfile?.type !== 'RuntimeDefault' && `${name} has no seccomp profile`,
    (pod.hostNetwork ?? pod.hostPID ?? pod.hostIPC) && `${name} shares what is the node's`,
    ...(pod.volumes ?? []).map(
      (volume) =>
        !Object.keys(volume).every((key) => volumeKinds.includes(key)) &&
        `${name} has the volume ${volume.name}, of a kind that is not allowed`,
    ),
    ...containersOf(pod).flatMap((container) => {
      const context = container.securityContext;
      return [
        context?.allowPrivilegeEscalation !== false && `${name} may gain privileges`,
        context?.privileged && `${name} is privileged`,
        (!context?.capabilities?.drop?.includes('ALL') || context.capabilities.add) &&
          `${name} keeps capabilities`,
        context?.readOnlyRootFilesystem !== true && `${name} may write to its root`,
        container.ports?.some(({ hostPort }) => hostPort !== undefined) && `${name} takes a port of the node`,
        !/[:@][^/:]+$/.test(container.image) && `the image of ${name} is not pinned`,
        container.image.endsWith(':latest') && `the image of ${name} is not pinned`,
      ];
    }),
  ].filter((problem) => typeof problem === 'string');
}

const containersOf = (pod: Workload['pod']): Container[] => [
  ...(pod.initContainers ?? []),
  ...pod.containers,
];

function sizeProblems({ name, pod, claims }: Workload): string[] {
  return containersOf(pod).flatMap(({ resources, volumeMounts }) => [
    ...(resources?.requests?.['cpu'] && resources.requests['memory'] && resources.limits?.['memory']
      ? []
      : [`${name} does not say how much it needs`]),
    ...(bytes(resources?.limits?.['memory']) < bytes(resources?.requests?.['memory'])
      ? [`${name} asks for more memory than it may use`]
      : []),
    ...(volumeMounts ?? [])
      .filter((mount) => ![...claims, ...(pod.volumes ?? []).map((one) => one.name)].includes(mount.name))
      .map((mount) => `${name} mounts ${mount.name}, which is not there`),
  ]);
}

function bytes(quantity = '0'): number {
  const power = ['', 'Ki', 'Mi', 'Gi'].indexOf(quantity.replace(/^[\d.]+/, ''));
  return Number.parseFloat(quantity) * 1024 ** power;
}

function appProblems(
  manifests: readonly Manifest[],
  { name }: DeployedApp,
  served: readonly string[],
): string[] {
  const deployment = find(manifests, 'Deployment', name);
  const container = deployment?.spec.template.spec.containers[0];
  if (!deployment || !container) return [`${name} is not deployed`];
  const pod = deployment.spec.template.spec;
  const environment = plainEnvironment(manifests, container);
  const writable = (container.volumeMounts ?? []).map(({ mountPath }) => mountPath);
  const image = container.image
    .replace(/[:@].*$/, '')
    .split('/')
    .pop();
  const unavailable = deployment.spec.strategy?.rollingUpdate?.maxUnavailable;
  const claims = (pod.volumes ?? []).some((volume) => volume.persistentVolumeClaim);
  return [
    image !== `portico-${name}` && `${name} runs the image ${image}`,
    !writable.includes('/tmp') && `${name} cannot write to /tmp`,
    !writable.includes(environment['DATA_DIR'] ?? '') && `${name} cannot write to DATA_DIR`,
    pod.serviceAccountName !== name && `${name} has no ServiceAccount of its own`,
    // Two pods that write to one volume would wait for each other: then one goes first.
    !(unavailable === 0 || (deployment.spec.strategy?.type === 'Recreate' && claims)) &&
      `${name} takes an instance away before the next is ready`,
    ...portProblems(name, container, environment),
    ...probeProblems(name, container, served),
    ...stoppingProblems(name, pod, container, environment),
  ].filter((problem) => typeof problem === 'string');
}

function portProblems(name: string, container: Container, environment: Record<string, string>): string[] {
  const listens = { http: environment['PORT'], operations: environment['OPERATIONS_PORT'] };
  return Object.entries(listens)
    .filter(([, port]) => port !== undefined)
    .filter(([port, number]) => String(numberOf(container, port)) !== number)
    .map(([port, number]) => `${name} listens on ${number}, and its port ${port} is another`);
}

/** The number of a port that is told by its name. */
export function numberOf(container: Container, port: string | number | undefined): number | undefined {
  if (typeof port === 'number')
    return container.ports?.find((one) => one.containerPort === port)?.containerPort;
  return container.ports?.find((one) => one.name === port)?.containerPort;
}

function probeProblems(name: string, container: Container, served: readonly string[]): string[] {
  const probes = {
    startup: container.startupProbe,
    liveness: container.livenessProbe,
    readiness: container.readinessProbe,
  };
  return Object.entries(probes).flatMap(([kind, probe]) => {
    if (!probe?.httpGet) return [`${name} has no ${kind} probe`];
    const { path, port } = probe.httpGet;
    const [asked = '', query] = path.split('?');
    const excluded = new URLSearchParams(query).getAll('exclude');
    const expected = kind === 'readiness' ? '/readyz' : '/healthz';
    return [
      ...(served.includes(asked) ? [] : [`the ${kind} probe of ${name} asks ${path}, which is not served`]),
      ...excluded
        .filter((check) => !stores.includes(check))
        .map((check) => `the ${kind} probe of ${name} leaves out ${check}, which is no store`),
      ...(asked === expected ? [] : [`the ${kind} probe of ${name} does not ask ${expected}`]),
      ...(port === 'operations' ? [] : [`the ${kind} probe of ${name} does not ask the operations port`]),
    ];
  });
}

function stoppingProblems(
  name: string,
  pod: Workload['pod'],
  container: Container,
  environment: Record<string, string>,
): string[] {
  const grace = (pod.terminationGracePeriodSeconds ?? 30) * 1000;
  const leave = (container.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000;
  const drain = Number(environment['SHUTDOWN_TIMEOUT_MS']);
  return [
    ...(leave >= endpointsLeaveMs ? [] : [`${name} stops while requests are still sent to it`]),
    ...(grace > leave + drain ? [] : [`${name} is killed before it has drained`]),
  ];
}
