import { execFileSync, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { root } from '@portico/launcher';

export type Labels = Record<string, string>;

/** A selector of pods or namespaces; an empty one selects all of them. */
export interface Selector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

export interface SecretKey {
  name: string;
  key: string;
  optional?: boolean;
}

interface Probe {
  httpGet?: { path: string; port: string | number };
}

export interface Container {
  name: string;
  image: string;
  args?: string[];
  command?: string[];
  env?: { name: string; value?: string; valueFrom?: { secretKeyRef?: SecretKey } }[];
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  ports?: { name: string; containerPort: number; hostPort?: number }[];
  startupProbe?: Probe;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  lifecycle?: { preStop?: { sleep?: { seconds: number } } };
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: {
    allowPrivilegeEscalation?: boolean;
    readOnlyRootFilesystem?: boolean;
    privileged?: boolean;
    capabilities?: { drop?: string[]; add?: string[] };
  };
  volumeMounts?: { name: string; mountPath: string }[];
}

export interface PodSpec {
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  terminationGracePeriodSeconds?: number;
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
  securityContext?: {
    runAsNonRoot?: boolean;
    runAsUser?: number;
    seccompProfile?: { type: string };
  };
  topologySpreadConstraints?: { labelSelector?: Selector }[];
  initContainers?: Container[];
  containers: Container[];
  volumes?: ({ name: string; persistentVolumeClaim?: { claimName: string } } & Record<string, unknown>)[];
}

export interface PodTemplate {
  metadata?: { labels?: Labels };
  spec: PodSpec;
}

interface Target {
  kind: string;
  name: string;
}

interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
}

interface PolicyPort {
  protocol?: string;
  port?: number | string;
}

export interface PolicySpec {
  podSelector: Selector;
  policyTypes?: string[];
  ingress?: { from?: Peer[]; ports?: PolicyPort[] }[];
  egress?: { to?: Peer[]; ports?: PolicyPort[] }[];
}

/** As much of each kind as the rules read; the schemas know the rest. */
interface Shapes {
  Namespace: object;
  ConfigMap: { data?: Record<string, string> };
  ServiceAccount: { automountServiceAccountToken?: boolean };
  PersistentVolumeClaim: object;
  Deployment: {
    spec: {
      replicas?: number;
      selector: Selector;
      template: PodTemplate;
      strategy?: { type?: string; rollingUpdate?: { maxUnavailable?: number | string } };
    };
  };
  StatefulSet: {
    spec: {
      serviceName: string;
      selector: Selector;
      template: PodTemplate;
      volumeClaimTemplates?: { metadata: { name: string } }[];
    };
  };
  Job: { spec: { template: PodTemplate } };
  Service: {
    spec: {
      selector?: Labels;
      ports: { name: string; port: number; targetPort?: number | string }[];
    };
  };
  PodDisruptionBudget: {
    spec: { selector?: Selector; maxUnavailable?: number | string; minAvailable?: number | string };
  };
  HorizontalPodAutoscaler: {
    spec: { scaleTargetRef: Target; minReplicas?: number; maxReplicas: number };
  };
  ScaledObject: {
    spec: {
      scaleTargetRef: { kind?: string; name: string };
      minReplicaCount?: number;
      maxReplicaCount?: number;
      triggers: { type: string; metadata: Record<string, string>; authenticationRef?: { name: string } }[];
    };
  };
  TriggerAuthentication: { spec: { secretTargetRef?: { name: string; key: string }[] } };
  NetworkPolicy: { spec: PolicySpec };
  Ingress: {
    spec: {
      rules: {
        http: {
          paths: { backend: { service: { name: string; port: { name?: string; number?: number } } } }[];
        };
      }[];
    };
  };
  Gateway: {
    spec: {
      listeners: { name: string; hostname?: string; tls?: { certificateRefs?: { name: string }[] } }[];
    };
  };
  HTTPRoute: {
    spec: {
      parentRefs: { name: string; sectionName?: string }[];
      hostnames?: string[];
      rules: { backendRefs?: { name: string; port?: number }[] }[];
    };
  };
  PodMonitor: { spec: { selector: Selector; podMetricsEndpoints: { port?: string; path?: string }[] } };
}

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Labels };
}

export type ManifestOf<Kind extends keyof Shapes> = Manifest & Shapes[Kind];

export const overlays = ['dev', 'production'] as const;
export type Overlay = (typeof overlays)[number];

/** A program that renders kustomizations. */
export interface Engine {
  name: string;
  program: string;
  before: readonly string[];
}

/**
 * What renders on this machine: `kubectl kustomize` where there is a kubectl, and always the engine of the npm package
 * (4.5), so that nothing needs to be installed. The manifests keep to what both know.
 */
export function engines(): Engine[] {
  const kubectl = { name: 'kubectl', program: 'kubectl', before: ['kustomize'] };
  const packaged = {
    name: 'npm',
    program: process.execPath,
    before: [createRequire(import.meta.url).resolve('kustomize/run.js'), 'build'],
  };
  const found = spawnSync('kubectl', ['kustomize', '--help'], { stdio: 'ignore' }).status === 0;
  return found ? [kubectl, packaged] : [packaged];
}

/** An overlay's manifests as text, as they would be applied. */
export function renderOverlay(overlay: Overlay, { program, before }: Engine): string {
  const folder = join(root, 'k8s', 'overlays', overlay);
  return execFileSync(program, [...before, folder], { encoding: 'utf8', maxBuffer: 2 ** 25 });
}

export function readManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

export function ofKind<Kind extends keyof Shapes>(
  manifests: readonly Manifest[],
  kind: Kind,
): ManifestOf<Kind>[] {
  return manifests.filter((one) => one.kind === kind) as ManifestOf<Kind>[];
}

export function find<Kind extends keyof Shapes>(
  manifests: readonly Manifest[],
  kind: Kind,
  name: string,
): ManifestOf<Kind> | undefined {
  return ofKind(manifests, kind).find((one) => one.metadata.name === name);
}

/** Whatever runs pods, under the name of its manifest. */
export interface Workload {
  name: string;
  kind: 'Deployment' | 'StatefulSet' | 'Job';
  labels: Labels;
  selector: Selector | undefined;
  pod: PodSpec;
  /** The volumes that a StatefulSet claims for each of its pods. */
  claims: string[];
}

export function workloads(manifests: readonly Manifest[]): Workload[] {
  return (['Deployment', 'StatefulSet', 'Job'] as const).flatMap((kind) =>
    ofKind(manifests, kind).map(({ metadata, spec }) => ({
      name: metadata.name,
      kind,
      labels: spec.template.metadata?.labels ?? {},
      selector: 'selector' in spec ? spec.selector : undefined,
      pod: spec.template.spec,
      claims:
        'volumeClaimTemplates' in spec
          ? (spec.volumeClaimTemplates ?? []).map((one) => one.metadata.name)
          : [],
    })),
  );
}

/** Whether a selector chooses what has these labels. */
export function selects(selector: Selector, labels: Labels): boolean {
  const wanted = Object.entries(selector.matchLabels ?? {});
  return (
    wanted.every(([key, value]) => labels[key] === value) &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'In') return value !== undefined && values.includes(value);
      if (operator === 'NotIn') return value === undefined || !values.includes(value);
      return (operator === 'Exists') === (value !== undefined);
    })
  );
}
