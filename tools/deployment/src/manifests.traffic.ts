import { BlockList, isIPv6 } from 'node:net';
import type { App } from '@portico/launcher';
import type { DeployedApp } from './compose.rules.ts';
import { ofKind, selects, workloads, type Labels, type Manifest, type PolicySpec } from './manifests.ts';

/** Connections that are needed. */
export interface Arrows {
  from: readonly string[];
  to: readonly string[];
  /** `53/UDP`; without a protocol it is TCP. */
  ports: readonly string[];
}

/** Who may send or be sent something: a pod of the platform, one of another namespace, or an address. */
interface Party {
  name: string;
  inside: boolean;
  labels?: Labels;
  namespaceLabels?: Labels;
  address?: string;
}

const namespaceNamed = (name: string): Labels => ({ 'kubernetes.io/metadata.name': name });

/** Both stores stand in one private network: what tells them apart there is the port. */
const privateNetwork = 'the private network';
const places: Record<string, string> = { MongoDB: privateNetwork, Redis: privateNetwork };

/** Whoever is not the platform. Some of them must never be spoken to. */
const outside: readonly Party[] = [
  { name: 'the internet', inside: false, address: '203.0.113.10' },
  { name: privateNetwork, inside: false, address: '10.20.0.1' },
  { name: 'the metadata service', inside: false, address: '169.254.169.254' },
  {
    name: 'DNS',
    inside: false,
    labels: { 'k8s-app': 'kube-dns' },
    namespaceLabels: namespaceNamed('kube-system'),
  },
  {
    name: 'Prometheus',
    inside: false,
    labels: { 'app.kubernetes.io/name': 'prometheus' },
    namespaceLabels: namespaceNamed('monitoring'),
  },
  { name: 'a pod of another namespace', inside: false, labels: {}, namespaceLabels: namespaceNamed('other') },
];
/** A pod in the platform's namespace that is none of its apps. */
const stranger: Party = { name: 'another pod of the namespace', inside: true, labels: {} };

/** Ports that nobody should reach, besides those of the arrows. */
const otherPorts = ['22', '25', '80', '443', '5432', '6443', '8080', '9090', '53/UDP'];

/** Who connects to whom, as the descriptors say: nothing else may. */
export function arrowsOf(apps: readonly App[]): Arrows[] {
  const every = apps.map(({ name }) => name);
  const gateways = apps.filter(({ kind }) => kind === 'gateway');
  const from = gateways.map(({ name }) => name);
  const using = (store: 'mongodb' | 'redis') =>
    apps.filter(({ uses }) => uses[store]).map(({ name }) => name);
  return [
    ...gateways.map(({ name, port }) => ({ from: ['anyone'], to: [name], ports: [String(port)] })),
    ...apps
      .filter(({ kind }) => kind !== 'gateway')
      .map(({ name, port }) => ({ from, to: [name], ports: [String(port ?? 9090)] })),
    { from: using('mongodb'), to: ['MongoDB'], ports: ['27017'] },
    { from: using('redis'), to: ['Redis'], ports: ['6379'] },
    ...apps.flatMap(({ name, uses }) =>
      uses.outside.map((one) => ({ from: [name], to: ['the internet'], ports: one.ports.map(String) })),
    ),
    { from: every, to: ['DNS'], ports: ['53', '53/UDP'] },
    { from: ['Prometheus'], to: every, ports: ['9090'] },
  ];
}

/** Where the network policies allow more or less than the arrows. */
export function trafficProblems(
  manifests: readonly Manifest[],
  apps: readonly DeployedApp[],
  arrows: readonly Arrows[],
): string[] {
  const policies = ofKind(manifests, 'NetworkPolicy').map(({ spec }) => spec);
  const pods = workloads(manifests)
    .filter(({ name }) => apps.some((app) => app.name === name))
    .map(({ name, labels }): Party => ({ name, inside: true, labels }));
  const parties = [...pods, stranger, ...outside];
  const drawn = new Set(arrows.flatMap(spellOut));
  const ports = [...new Set([...arrows.flatMap((row) => row.ports), ...otherPorts])];
  return parties
    .flatMap((from) => parties.map((to) => [from, to] as const))
    .filter(([from, to]) => from !== to && (from.inside || to.inside))
    .flatMap(([from, to]) =>
      ports.flatMap((port) => {
        const allowed = mayConnect(policies, from, to, port);
        const wanted = drawn.has(`${from.name} → ${to.name} ${port}`);
        if (allowed === wanted) return [];
        return [`${from.name} ${allowed ? 'may' : 'cannot'} connect to ${to.name} on ${port}`];
      }),
    );
}

function spellOut({ from, to, ports }: Arrows): string[] {
  const named = (name: string) => {
    if (name === 'anyone') return outside.map((party) => party.name);
    return [places[name] ?? name];
  };
  return from
    .flatMap(named)
    .flatMap((one) => to.flatMap(named).flatMap((other) => ports.map((port) => `${one} → ${other} ${port}`)));
}

/** What a cluster decides: both ends must allow it, and an end that no policy is about allows everything. */
function mayConnect(policies: readonly PolicySpec[], from: Party, to: Party, port: string): boolean {
  const [number, protocol = 'TCP'] = port.split('/');
  const through = (rule: { ports?: { port?: number | string; protocol?: string }[] }) =>
    (rule.ports ?? []).length === 0 ||
    rule.ports?.some(
      (one) =>
        (one.port === undefined || String(one.port) === number) && (one.protocol ?? 'TCP') === protocol,
    );
  const about = (party: Party, direction: string) =>
    policies.filter(
      ({ podSelector, policyTypes, egress }) =>
        party.inside &&
        selects(podSelector, party.labels ?? {}) &&
        (policyTypes ?? (egress ? ['Ingress', 'Egress'] : ['Ingress'])).includes(direction),
    );
  const leaving = about(from, 'Egress');
  const entering = about(to, 'Ingress');
  return (
    (leaving.length === 0 ||
      leaving.some(({ egress }) => egress?.some((rule) => through(rule) && meant(rule.to, to)))) &&
    (entering.length === 0 ||
      entering.some(({ ingress }) => ingress?.some((rule) => through(rule) && meant(rule.from, from))))
  );
}

type Peers = NonNullable<NonNullable<PolicySpec['egress']>[number]['to']>;

function meant(peers: Peers | undefined, party: Party): boolean {
  if (!peers || peers.length === 0) return true;
  return peers.some(({ ipBlock, podSelector, namespaceSelector }) => {
    if (ipBlock) return party.address !== undefined && within(party.address, ipBlock);
    if (!party.labels) return false;
    const here = namespaceSelector
      ? party.namespaceLabels !== undefined && selects(namespaceSelector, party.namespaceLabels)
      : party.inside;
    return here && (!podSelector || selects(podSelector, party.labels));
  });
}

function within(address: string, { cidr, except = [] }: { cidr: string; except?: string[] }): boolean {
  const holds = (range: string) => {
    const [network = '', length] = range.split('/');
    const family = isIPv6(network) ? 'ipv6' : 'ipv4';
    if (family !== (isIPv6(address) ? 'ipv6' : 'ipv4')) return false;
    const list = new BlockList();
    list.addSubnet(network, Number(length), family);
    return list.check(address, family);
  };
  return holds(cidr) && !except.some(holds);
}
