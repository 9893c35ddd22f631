import type { Descriptor } from './schema.ts';

/** `ACCOUNT_POOL_` for account-pool: a variable that begins with it is for this app only. */
export function variablePrefix({ name }: Pick<Descriptor, 'name'>): string {
  return `${name.toUpperCase().replaceAll('-', '_')}_`;
}

/** The variable in which the gateway finds the addresses of a service: `ACCOUNT_POOL_URL`. */
export function urlVariable(descriptor: Pick<Descriptor, 'name'>): string {
  return `${variablePrefix(descriptor)}URL`;
}

/** The database of an app where its configuration names no other: `portico_account_pool`. */
export function databaseName({ name }: Pick<Descriptor, 'name'>): string {
  return `portico_${name.replaceAll('-', '_')}`;
}
