import { find, ofKind, type Container, type Manifest } from './manifests.ts';

export type Make = (manifests: Manifest[]) => void;

/** The one container of an app. */
export function containerOf(manifests: Manifest[], name: string): Container {
  const container = find(manifests, 'Deployment', name)?.spec.template.spec.containers[0];
  if (!container) throw new Error(`${name} is not deployed`);
  return container;
}

/** The manifest to make a mistake in. */
function one<Kind extends Parameters<typeof find>[1]>(manifests: Manifest[], kind: Kind, name: string) {
  const found = find(manifests, kind, name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

/** The data of the ConfigMap of an app, or of what every app reads. */
function variablesOf(manifests: Manifest[], name: string): Record<string, string> {
  const map = ofKind(manifests, 'ConfigMap').find(({ metadata }) => metadata.name.startsWith(`${name}-`));
  if (!map?.data) throw new Error(`there is no ConfigMap ${name}`);
  return map.data;
}

function remove(manifests: Manifest[], kind: string, name: string): void {
  const index = manifests.findIndex((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (index < 0) throw new Error(`there is no ${kind} ${name}`);
  manifests.splice(index, 1);
}

/** One mistake each in the production overlay, and what must be said of it. */
export const mistakes: Record<string, [make: Make, said: string]> = {
  'a variable is forgotten': [
    (all) => delete variablesOf(all, 'notifier')['SMTP_HOST'],
    'notifier is not given SMTP_HOST',
  ],
  'a variable is misspelt': [
    (all) => Object.assign(variablesOf(all, 'gateway'), { TRUST_PROXY: '1' }),
    'gateway does not read TRUST_PROXY',
  ],
  'an app gets the secret of another': [
    (all) =>
      containerOf(all, 'account-pool').env?.push({
        name: 'SEALING_KEYS',
        valueFrom: { secretKeyRef: { name: 'portico-secrets', key: 'SEALING_KEYS' } },
      }),
    'account-pool does not read SEALING_KEYS',
  ],
  'an app gets a whole Secret': [
    (all) => containerOf(all, 'account-pool').envFrom?.push({ secretRef: { name: 'portico-secrets' } }),
    'account-pool is given a whole Secret, which is not there',
  ],
  'an app is forgotten': [(all) => remove(all, 'Deployment', 'sms-phone'), 'sms-phone is not deployed'],
  'a secret stands in clear': [
    (all) => containerOf(all, 'notifier').env?.push({ name: 'SMTP_PASSWORD', value: 'hunter2' }),
    'notifier is given the secret SMTP_PASSWORD in clear',
  ],
  'an address holds a password': [
    (all) =>
      Object.assign(variablesOf(all, 'every-app'), { REDIS_URL: 'redis://me:hunter2@redis.example:6379' }),
    'every-app holds a password or a key',
  ],
  'a Secret is committed': [
    (all) =>
      all.push({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'portico-redis', namespace: 'portico' },
      }),
    'portico-redis is a Secret with its values',
  ],
  'a key of a Secret is misspelt': [
    (all) => {
      const given = containerOf(all, 'app-support').env?.find(({ name }) => name === 'CODE_SECRET');
      Object.assign(given?.valueFrom?.secretKeyRef ?? {}, { key: 'CODES_SECRET' });
    },
    'nobody is told to make the key CODES_SECRET of the Secret portico-secrets',
  ],
  'an address names nobody': [
    (all) => Object.assign(variablesOf(all, 'gateway'), { APP_SUPPORT_URL: 'http://appsupport:8080' }),
    'gateway is sent to appsupport by APP_SUPPORT_URL, which is not there',
  ],
  'an address names another port': [
    (all) => Object.assign(variablesOf(all, 'gateway'), { NOTIFIER_URL: 'http://notifier:8080' }),
    'gateway is sent to port 8080 of notifier by NOTIFIER_URL, which it does not have',
  ],
  'a probe asks what is not served': [
    (all) => Object.assign(containerOf(all, 'gateway').livenessProbe?.httpGet ?? {}, { path: '/health' }),
    'the liveness probe of gateway asks /health, which is not served',
  ],
  'liveness knows the stores': [
    (all) => Object.assign(containerOf(all, 'gateway').livenessProbe?.httpGet ?? {}, { path: '/readyz' }),
    'the liveness probe of gateway does not ask /healthz',
  ],
  'readiness leaves out what is no store': [
    (all) =>
      Object.assign(containerOf(all, 'gateway').readinessProbe?.httpGet ?? {}, {
        path: '/readyz?exclude=reddis',
      }),
    'the readiness probe of gateway leaves out reddis, which is no store',
  ],
  'a process is killed while it drains': [
    (all) => Object.assign(variablesOf(all, 'every-app'), { SHUTDOWN_TIMEOUT_MS: '25000' }),
    'gateway is killed before it has drained',
  ],
  'a process stops before its endpoint leaves': [
    (all) => delete containerOf(all, 'gateway').lifecycle,
    'gateway stops while requests are still sent to it',
  ],
  'an update takes instances away first': [
    (all) =>
      Object.assign(one(all, 'Deployment', 'gateway').spec.strategy ?? {}, {
        rollingUpdate: { maxUnavailable: '25%' },
      }),
    'gateway takes an instance away before the next is ready',
  ],
  'a process listens elsewhere': [
    (all) => Object.assign(variablesOf(all, 'gateway'), { PORT: '8081' }),
    'gateway listens on 8081, and its port http is another',
  ],
  'a pod runs as root': [
    (all) => delete one(all, 'Deployment', 'gateway').spec.template.spec.securityContext?.runAsNonRoot,
    'gateway may run as root',
  ],
  'a root is writable': [
    (all) => delete containerOf(all, 'gateway').securityContext?.readOnlyRootFilesystem,
    'gateway may write to its root',
  ],
  'capabilities are kept': [
    (all) => delete containerOf(all, 'gateway').securityContext?.capabilities,
    'gateway keeps capabilities',
  ],
  'a pod can speak to the cluster': [
    (all) => delete one(all, 'Deployment', 'gateway').spec.template.spec.automountServiceAccountToken,
    'gateway is given a token for the cluster',
  ],
  'a folder of the node is mounted': [
    (all) =>
      one(all, 'Deployment', 'gateway').spec.template.spec.volumes?.push({
        name: 'node',
        hostPath: { path: '/' },
      }),
    'gateway has the volume node, of a kind that is not allowed',
  ],
  'a pod has no seccomp profile': [
    (all) => delete one(all, 'Deployment', 'gateway').spec.template.spec.securityContext?.seccompProfile,
    'gateway has no seccomp profile',
  ],
  'a pod may gain privileges': [
    (all) => delete containerOf(all, 'gateway').securityContext?.allowPrivilegeEscalation,
    'gateway may gain privileges',
  ],
  "a pod is in the node's network": [
    (all) => Object.assign(one(all, 'Deployment', 'gateway').spec.template.spec, { hostNetwork: true }),
    "gateway shares what is the node's",
  ],
  'a pod has the ServiceAccount of another': [
    (all) =>
      Object.assign(one(all, 'Deployment', 'gateway').spec.template.spec, { serviceAccountName: 'notifier' }),
    'gateway has no ServiceAccount of its own',
  ],
  'an app cannot write its data': [
    (all) => Object.assign(variablesOf(all, 'every-app'), { DATA_DIR: '/var/portico' }),
    'gateway cannot write to DATA_DIR',
  ],
  'a volume is forgotten': [
    (all) => delete one(all, 'Deployment', 'gateway').spec.template.spec.volumes,
    'gateway mounts tmp, which is not there',
  ],
  'a pod does not say what it needs': [
    (all) => delete containerOf(all, 'gateway').resources?.requests,
    'gateway does not say how much it needs',
  ],
  'a limit is below the request': [
    (all) => Object.assign(containerOf(all, 'gateway').resources?.limits ?? {}, { memory: '64Mi' }),
    'gateway asks for more memory than it may use',
  ],
  'a manifest is in another namespace': [
    (all) => Object.assign(one(all, 'Service', 'gateway').metadata, { namespace: 'default' }),
    'Service gateway is not in the namespace portico',
  ],
  'instances are spread against those of others': [
    (all) =>
      Object.assign(one(all, 'Deployment', 'gateway').spec.template.spec, {
        topologySpreadConstraints: [
          { labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'notifier' } } },
        ],
      }),
    'gateway is spread against pods of others',
  ],
  'monitoring misses an app': [
    (all) => {
      const { labels } = one(all, 'Deployment', 'notifier').spec.template.metadata ?? {};
      delete labels?.['app.kubernetes.io/part-of'];
    },
    'portico does not watch notifier',
  ],
  'monitoring asks another port': [
    (all) =>
      Object.assign(one(all, 'PodMonitor', 'portico').spec.podMetricsEndpoints[0] ?? {}, { port: 'metrics' }),
    'portico asks port metrics of gateway, which it does not have',
  ],
  'a route is for another host': [
    (all) => Object.assign(one(all, 'HTTPRoute', 'portico').spec, { hostnames: ['other.example'] }),
    'the route portico is for no host of https of portico',
  ],
  'KEDA asks without its password': [
    (all) => remove(all, 'TriggerAuthentication', 'notifier'),
    'notifier is scaled with the authentication notifier, which is not there',
  ],
  'the namespace is not restricted': [
    (all) => delete one(all, 'Namespace', 'portico').metadata.labels,
    'the namespace portico does not enforce restricted pod security',
  ],
  'an image floats': [
    (all) => Object.assign(containerOf(all, 'gateway'), { image: 'registry.example/portico-gateway:latest' }),
    'the image of gateway is not pinned',
  ],
  'an app runs the image of another': [
    (all) => Object.assign(containerOf(all, 'gateway'), { image: 'registry.example/portico-notifier:0.1.0' }),
    'gateway runs the image portico-notifier',
  ],
  'a Service selects nobody': [
    (all) => Object.assign(one(all, 'Service', 'gateway').spec.selector ?? {}, { tier: 'front' }),
    'the Service gateway leads to nobody',
  ],
  'a Service leads to a port by a wrong name': [
    (all) => Object.assign(one(all, 'Service', 'gateway').spec.ports[0] ?? {}, { targetPort: 'web' }),
    'the Service gateway leads to port web, which its pods do not have',
  ],
  'pods are not labelled': [
    (all) => delete one(all, 'Deployment', 'gateway').spec.template.metadata?.labels,
    'the selector of gateway does not match its pods',
  ],
  'a budget is for others': [
    (all) =>
      Object.assign(one(all, 'PodDisruptionBudget', 'gateway').spec.selector ?? {}, { matchLabels: {} }),
    'the budget gateway is for account-pool, app-support, customer-service, gateway, notifier, sms-phone',
  ],
  'a budget keeps nodes from being emptied': [
    (all) => Object.assign(one(all, 'PodDisruptionBudget', 'gateway').spec, { maxUnavailable: 0 }),
    'the budget gateway does not let nodes be emptied one pod at a time',
  ],
  'an autoscaler misses its target': [
    (all) =>
      Object.assign(one(all, 'HorizontalPodAutoscaler', 'gateway').spec.scaleTargetRef, { name: 'gatewy' }),
    'gateway scales gatewy, which is not there',
  ],
  'two scale one app': [
    (all) =>
      Object.assign(one(all, 'HorizontalPodAutoscaler', 'gateway').spec.scaleTargetRef, { name: 'notifier' }),
    'notifier is scaled by HorizontalPodAutoscaler and ScaledObject',
  ],
  'a manifest undoes what is scaled': [
    (all) => Object.assign(one(all, 'Deployment', 'gateway').spec, { replicas: 3 }),
    'gateway says how many it is, and so does the HorizontalPodAutoscaler',
  ],
  'a queue has another name': [
    (all) => Object.assign(variablesOf(all, 'every-app'), { REDIS_PREFIX: 'other' }),
    'notifier is scaled by {portico.email}:email:wait, which is no queue',
  ],
  'production runs a single instance': [
    (all) => Object.assign(one(all, 'HorizontalPodAutoscaler', 'gateway').spec, { minReplicas: 1 }),
    'gateway may be a single instance',
  ],
  'files end with the pod': [
    (all) => Object.assign(variablesOf(all, 'customer-service'), { S3_BUCKET: '' }),
    'customer-service keeps files where they end with the pod, or unseen by others',
  ],
  'a door leads elsewhere': [
    (all) => {
      const [rule] = one(all, 'HTTPRoute', 'portico').spec.rules;
      Object.assign(rule?.backendRefs?.[0] ?? {}, { name: 'app-support' });
    },
    'a door leads to app-support',
  ],
  'the proxy is not believed': [
    (all) => Object.assign(variablesOf(all, 'gateway'), { TRUSTED_PROXIES: '' }),
    'the gateway believes 0 proxies, and one stands before it',
  ],
  'nothing is denied by default': [
    (all) => remove(all, 'NetworkPolicy', 'default-deny'),
    'another pod of the namespace may connect to the internet on 443',
  ],
  'a policy is forgotten': [
    (all) => remove(all, 'NetworkPolicy', 'redis'),
    'app-support cannot connect to the private network on 6379',
  ],
  'a policy opens a second door': [
    (all) => delete one(all, 'NetworkPolicy', 'account-pool').spec.ingress?.[0]?.from,
    'a pod of another namespace may connect to account-pool on 8080',
  ],
  'a policy lets a service call another': [
    (all) => {
      const { spec } = one(all, 'NetworkPolicy', 'sms-phone-outside');
      spec.egress?.push({ to: [{ podSelector: {} }] });
      delete one(all, 'NetworkPolicy', 'account-pool').spec.ingress?.[0]?.from;
    },
    'sms-phone may connect to account-pool on 8080',
  ],
  'a policy opens the metadata service': [
    (all) => {
      const [rule] = one(all, 'NetworkPolicy', 'customer-service-outside').spec.egress ?? [];
      delete rule?.to?.[0]?.ipBlock?.except;
    },
    'customer-service may connect to the metadata service on 443',
  ],
  'a policy selects by a label that nobody has': [
    (all) =>
      Object.assign(one(all, 'NetworkPolicy', 'notifier').spec, {
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'notifer' } },
      }),
    'gateway cannot connect to notifier on 9090',
  ],
};

/** The same in the overlay for trying out, for what only it has. */
export const mistakesInDev: typeof mistakes = {
  'redis evicts': [
    (all) =>
      Object.assign(one(all, 'StatefulSet', 'redis').spec.template.spec.containers[0] ?? {}, {
        args: ['redis-server', '--appendonly', 'yes'],
      }),
    'redis may push jobs out of its memory',
  ],
  'a store has another name': [
    (all) => Object.assign(variablesOf(all, 'notifier'), { MONGODB_URI: 'mongodb://mongodb-0.mongo:27017' }),
    'notifier is sent to mongo by MONGODB_URI, which is not there',
  ],
  'the pods of a store are nameless': [
    (all) => Object.assign(one(all, 'StatefulSet', 'mongodb').spec, { serviceName: 'mongo' }),
    'mongodb has its names from mongo, which is not there',
  ],
  'files are claimed that are not there': [
    (all) => remove(all, 'PersistentVolumeClaim', 'customer-service-files'),
    'customer-service claims customer-service-files, which is not there',
  ],
  'the Ingress leads to the operations port': [
    (all) => {
      const [rule] = one(all, 'Ingress', 'portico').spec.rules;
      Object.assign(rule?.http.paths[0]?.backend.service ?? {}, { port: { name: 'operations' } });
    },
    'a door leads to port operations of gateway',
  ],
  'a pod of a store runs as root': [
    (all) =>
      Object.assign(one(all, 'Job', 'mongodb-replica-set').spec.template.spec, { securityContext: {} }),
    'mongodb-replica-set may run as root',
  ],
};

/** The same for the schemas. */
export const misshapen: Record<string, [make: Make, said: string]> = {
  'a key is misspelt': [
    (all) => Object.assign(containerOf(all, 'gateway'), { readynessProbe: {} }),
    'Deployment gateway: spec.template.spec.containers[0].readynessProbe is no key',
  ],
  'a key of a resource of others is misspelt': [
    (all) => Object.assign(one(all, 'ScaledObject', 'notifier').spec, { minReplicas: 2 }),
    'ScaledObject notifier: spec.minReplicas is no key',
  ],
  'a value is of another kind': [
    (all) => Object.assign(one(all, 'Service', 'gateway').spec.ports[0] ?? {}, { port: '8080' }),
    'Service gateway: data/spec/ports/0/port must be integer',
  ],
  'a version is gone': [
    (all) => Object.assign(one(all, 'HTTPRoute', 'portico'), { apiVersion: 'gateway.networking.k8s.io/v2' }),
    'HTTPRoute portico: there is no HTTPRoute of gateway.networking.k8s.io/v2',
  ],
};
