import { urlVariable, type Descriptor } from '@portico/descriptor';
import type { z } from 'zod';

/** An app and the environment that it reads. */
export interface RenderedApp extends Descriptor {
  shape: z.ZodRawShape;
}

/** The port of every process for probes and metrics, inside its container. */
export const operationsPort = 9090;

/** What holds for every process in a container. An empty value counts as not given. */
export const everywhere: Record<string, string> = {
  DATA_DIR: '/data',
  OPERATIONS_HOST: '0.0.0.0',
  OPERATIONS_PORT: String(operationsPort),
  SHUTDOWN_TIMEOUT_MS: '12000',
};

/** The variables that all apps read. */
export function sharedVariables(apps: readonly RenderedApp[]): string[] {
  const [first, ...others] = apps.map(({ shape }) => Object.keys(shape));
  return (first ?? []).filter((name) => others.every((names) => names.includes(name)));
}

/** Where the gateway finds the others: a service by its business port, a worker by its operations. */
export function addresses(apps: readonly Descriptor[]): Record<string, string> {
  return Object.fromEntries(
    apps
      .filter(({ kind }) => kind !== 'gateway')
      .map((app) => [urlVariable(app), `http://${app.name}:${app.port ?? operationsPort}`]),
  );
}

/** The apps that declare a secret: a provider's key differs from app to app, one that is made here does not. */
export const holdersOf = (apps: readonly Descriptor[], secret: string) =>
  apps.filter(({ secrets }) => secrets.some(({ name }) => name === secret));
