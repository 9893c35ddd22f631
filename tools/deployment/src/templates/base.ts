import { variablePrefix } from '@portico/descriptor';
import { format } from 'prettier';
import { addresses, everywhere, holdersOf, sharedVariables, type RenderedApp } from './variables.ts';

/** Values in a cluster, by variable. */
const values: Record<string, string> = {
  ...everywhere,
  NODE_ENV: 'production',
  LOG_LEVEL: 'info',
  HOST: '0.0.0.0',
  REDIS_PREFIX: 'portico',
  // By default one less than the node has processors, and the node is shared.
  PASSWORD_THREADS: '2',
};
/** What an overlay brings, with the stores. */
const addressesOfStores = ['MONGODB_URI', 'REDIS_URL'];

const header = '# Rendered from the descriptors by npm run render (tools/deployment/src/templates).\n';

const yaml = (text: string) =>
  format(`${header}${text}`, { parser: 'yaml', singleQuote: true, printWidth: 110 });

/** The files of `k8s/base` by their path below it. */
export async function renderBase(apps: readonly RenderedApp[]): Promise<Record<string, string>> {
  const shared = sharedVariables(apps).filter((name) => !addressesOfStores.includes(name));
  const files: Record<string, string> = {
    'kustomization.yaml': await yaml(kustomization(apps)),
    'every-app.env': `${header}# What every app reads. An empty value counts as not given: the app's default holds.\n${envFile(shared, values)}`,
  };
  for (const app of apps) {
    files[`${app.name}/config.env`] = header + configFile(app, apps, shared);
    files[`${app.name}/deployment.yaml`] = await yaml(deployment(app, apps));
    files[`${app.name}/kustomization.yaml`] = await yaml(appKustomization(app));
    files[`${app.name}/scaling.yaml`] = await yaml(scaling(app));
    files[`${app.name}/service.yaml`] = await yaml(service(app));
  }
  return files;
}

function kustomization(apps: readonly RenderedApp[]): string {
  return `# The apps without their stores and without a door: an overlay adds the components that bring them.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: portico
resources: [namespace.yaml, ${apps.map(({ name }) => name).join(', ')}]
configMapGenerator:
  - name: every-app
    envs: [every-app.env]
labels:
  - pairs: { app.kubernetes.io/part-of: portico }
images:
${apps.map(({ name }) => `  - { name: portico-${name}, newTag: 0.1.0 }`).join('\n')}
`;
}

const envFile = (names: readonly string[], known: Record<string, string>) =>
  names.map((name) => `${name}=${known[name] ?? ''}\n`).join('');

function configFile(app: RenderedApp, apps: readonly RenderedApp[], shared: readonly string[]): string {
  const secrets = app.secrets.map(({ name }) => name);
  const left = [...secrets, ...shared, ...addressesOfStores];
  const names = Object.keys(app.shape).filter((name) => !left.includes(name));
  return envFile(names, {
    ...values,
    ...(app.port && { PORT: String(app.port) }),
    ...(app.kind === 'gateway' && addresses(apps)),
  });
}

function secretReference(
  app: RenderedApp,
  apps: readonly RenderedApp[],
  secret: RenderedApp['secrets'][number],
) {
  const { name, made } = secret;
  if (made !== 'given') return `{ name: portico-secrets, key: ${name} }`;
  const isShared = holdersOf(apps, name).length > 1;
  return `{ name: portico-providers, key: ${isShared ? variablePrefix(app) : ''}${name}, optional: true }`;
}

function deployment(app: RenderedApp, apps: readonly RenderedApp[]): string {
  const { name, kind, port, memory, uses, secrets, instances, nodeFlags } = app;
  const isScaledByLoad = instances.most !== undefined;
  const needsRedis = uses.redis === 'required';
  const environment = [
    ...secrets.map(
      (secret) =>
        `            - { name: ${secret.name}, valueFrom: { secretKeyRef: ${secretReference(app, apps, secret)} } }`,
    ),
  ];
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
${isScaledByLoad ? '' : `  replicas: ${instances.least}\n`}  template:
    spec:
      serviceAccountName: ${name}
      containers:
        - name: app
          image: portico-${name}
${nodeFlags.length > 0 ? `          args: [node, ${nodeFlags.map((flag) => `'${flag}'`).join(', ')}, src/main.ts]\n` : ''}${
    kind === 'worker'
      ? ''
      : `          ports:\n            - { name: http, containerPort: ${port}, protocol: TCP }\n`
  }          envFrom:
            - configMapRef: { name: every-app }
            - configMapRef: { name: ${name} }
${environment.length > 0 ? `          env:\n${environment.join('\n')}\n` : ''}${
    needsRedis
      ? ''
      : '          # Without Redis it still does most of its work, so readiness does not depend on it.\n'
  }          readinessProbe:
            httpGet: { path: '/readyz${needsRedis ? '' : '?exclude=redis'}', port: operations }
          resources:
            requests: { cpu: 250m, memory: ${memory.request}, ephemeral-storage: 64Mi }
            # No limit of CPU: it would throttle in the middle of a request.
            limits: { memory: ${memory.limit}, ephemeral-storage: 512Mi }
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: ${name}
automountServiceAccountToken: false
`;
}

const appKustomization = ({ name }: RenderedApp) => `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [deployment.yaml, service.yaml, scaling.yaml]
components: [../every-app]
configMapGenerator:
  - name: ${name}
    envs: [config.env]
labels:
  - pairs: { app.kubernetes.io/name: ${name}, app.kubernetes.io/part-of: portico }
    includeSelectors: true
`;

function scaling({ name, instances }: RenderedApp): string {
  const budget = `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: ${name}
spec:
  # Not minAvailable: with a single instance no node could ever be emptied.
  maxUnavailable: 1
  # A pod that is not ready serves no request and does not keep a node from being emptied.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector: { matchLabels: {} }
`;
  if (instances.most === undefined) return budget;
  return `${budget}---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: ${name}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: ${name} }
  minReplicas: ${instances.least}
  maxReplicas: ${instances.most}
  metrics:
    # Of the request, so half a core: a process has one thread for requests and cannot use more than one.
    - type: Resource
      resource: { name: cpu, target: { type: Utilization, averageUtilization: 200 } }
  behavior:
    scaleDown: { stabilizationWindowSeconds: 300 }
`;
}

const service = ({ name, kind, port }: RenderedApp) => `apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  ports:
${kind === 'worker' ? '' : `    - { name: http, port: ${port}, targetPort: http, protocol: TCP, appProtocol: http }\n`}    - { name: operations, port: 9090, targetPort: operations, protocol: TCP, appProtocol: http }
`;
