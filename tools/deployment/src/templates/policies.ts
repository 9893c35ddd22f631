import { format } from 'prettier';
import { operationsPort, type RenderedApp } from './variables.ts';

const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fd00::/8'];

/** `components/network-policies/apps.yaml`: what each app's `uses` says, and the gateway's door. */
export function renderPolicies(apps: readonly RenderedApp[]): Promise<string> {
  const ofKind = (kind: RenderedApp['kind']) => apps.filter((app) => app.kind === kind);
  const gateways = ofKind('gateway');
  const policies = [
    ...gateways.map((app) => policy(app.name, [app], { ingress: [`- ports: ${ports([app.port ?? 8080])}`] })),
    ...gateways.map((app) =>
      policy(`${app.name}-to-apps`, [app], {
        egress: apps
          .filter(({ kind }) => kind !== 'gateway')
          .map((other) => rule('to', [other], doorOf(other))),
      }),
    ),
    ...[...ofKind('service'), ...ofKind('worker')].map((app) =>
      policy(app.name, [app], { ingress: [rule('from', gateways, doorOf(app))] }),
    ),
    storePolicy(
      'mongodb',
      apps.filter(({ uses }) => uses.mongodb),
      27_017,
    ),
    storePolicy(
      'redis',
      apps.filter(({ uses }) => uses.redis),
      6379,
    ),
    ...apps
      .filter(({ uses }) => uses.outside.length > 0)
      .map((app) => `# ${app.uses.outside.map(({ what }) => what).join('; ')}\n${outsidePolicy(app)}`),
  ];
  const header =
    '# Rendered from the descriptors by npm run render (tools/deployment/src/templates): what each app uses.\n';
  return format(header + policies.join('---\n'), { parser: 'yaml', singleQuote: true, printWidth: 110 });
}

/** A worker has no business port: the gateway shows its dashboard. */
const doorOf = ({ port }: RenderedApp) => port ?? operationsPort;

const ports = (numbers: readonly number[]) =>
  `[${numbers.map((port) => `{ protocol: TCP, port: ${port} }`).join(', ')}]`;

const selector = (apps: readonly RenderedApp[]) =>
  `{ matchExpressions: [{ key: app.kubernetes.io/name, operator: In, values: [${apps.map(({ name }) => name).join(', ')}] }] }`;

const rule = (direction: 'from' | 'to', apps: readonly RenderedApp[], port: number) =>
  `- ${direction}: [{ podSelector: ${selector(apps)} }]\n      ports: ${ports([port])}`;

function policy(
  name: string,
  about: readonly RenderedApp[],
  rules: { ingress?: readonly string[]; egress?: readonly string[] },
): string {
  const direction = rules.ingress ? 'Ingress' : 'Egress';
  const list = rules.ingress ?? rules.egress ?? [];
  return `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: ${name}
spec:
  podSelector: ${selector(about)}
  policyTypes: [${direction}]
  ${direction.toLowerCase()}:
    ${list.join('\n    ')}
`;
}

function storePolicy(name: string, users: readonly RenderedApp[], port: number): string {
  const blocks = privateRanges.map((cidr) => `{ ipBlock: { cidr: '${cidr}' } }`).join(', ');
  return policy(name, users, { egress: [`- to: [${blocks}]\n      ports: ${ports([port])}`] });
}

/** The internet, without the private ranges and the metadata services of clouds. */
function outsidePolicy(app: RenderedApp): string {
  const used = [...new Set(app.uses.outside.flatMap((one) => one.ports))].toSorted((a, b) => a - b);
  const v4 = "'10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'";
  const to = `[{ ipBlock: { cidr: '0.0.0.0/0', except: [${v4}] } }, { ipBlock: { cidr: '::/0', except: ['fc00::/7', 'fe80::/10'] } }]`;
  return policy(`${app.name}-outside`, [app], { egress: [`- to: ${to}\n      ports: ${ports(used)}`] });
}
