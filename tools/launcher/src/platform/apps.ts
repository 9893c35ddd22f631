import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A deployable of this product, as the launcher and `npm run config` know it. */
export interface App {
  /** Its folder in `apps/`, and its name in `portico.json`. */
  name: string;
  /** The gateway is the front door, services stand behind it, workers have no business port. */
  kind: 'gateway' | 'service' | 'worker';
  /** The variables of secrets that it reads: no process is told a secret that it does not need. */
  secrets: readonly string[];
}

const operators = 'OPERATOR_PUBLIC_KEYS';
const sealing = 'SEALING_KEYS';
const passwords = 'PASSWORD_PEPPERS';

/** The checkout. */
export const root = fileURLToPath(new URL('../../../../', import.meta.url));

const declared: readonly App[] = [
  { name: 'gateway', kind: 'gateway', secrets: [] },
  { name: 'account-pool', kind: 'service', secrets: [operators] },
  {
    name: 'sms-phone',
    kind: 'service',
    secrets: [operators, passwords, 'TOKEN_SECRETS', 'SMS_INBOUND_SECRET'],
  },
  {
    name: 'customer-service',
    kind: 'service',
    secrets: [
      operators,
      'OPERATOR_PRIVATE_KEY',
      passwords,
      'CODE_SECRET',
      'SESSION_SECRETS',
      'FILE_LINK_SECRETS',
      sealing,
      'ADMIN_EMAIL',
      'ADMIN_PASSWORD',
    ],
  },
  {
    name: 'app-support',
    kind: 'service',
    secrets: [operators, passwords, 'CODE_SECRET', 'SESSION_SECRETS', sealing],
  },
  { name: 'notifier', kind: 'worker', secrets: [sealing] },
];

/** Every app of this checkout. */
export const apps = declared.filter((app) => existsSync(sourceOf(app, 'main')));

/** A file at the top of an app's source. */
export function sourceOf(app: App, file: 'main' | 'config'): string {
  return join(root, 'apps', app.name, 'src', `${file}.ts`);
}

/** `ACCOUNT_POOL_`: a variable that begins with it is for this app only. */
export function prefixOf(app: App): string {
  return `${app.name.toUpperCase().replaceAll('-', '_')}_`;
}
