import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '@portico/launcher';

export interface ComposeService {
  image: string;
  build?: { context: string; args: Record<string, string> };
  ports?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  volumes?: string[];
  networks?: string[];
  healthcheck?: { test: string[] };
  command?: string[];
  restart?: string;
  read_only?: boolean;
  mem_limit?: string;
  user?: string;
  cap_drop?: string[];
  stop_grace_period?: string;
}

export interface Compose {
  services: Record<string, ComposeService>;
  networks: Record<string, unknown>;
  volumes: Record<string, unknown>;
}

/** `docker-compose.yml` with its anchors resolved. */
export function readCompose(): Compose {
  const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  return parse(text, { merge: true }) as Compose;
}

/**
 * The value of a variable as compose would pass it on: `${NAME:-default}`, nested, and `${NAME:?message}`.
 *
 * @throws when a required variable is not given, as compose does
 */
export function interpolate(value: string, given: Record<string, string>): string {
  const inner = /\$\{(\w+)(?::([-?])([^${}]*))?\}/;
  let text = value;
  for (let found = inner.exec(text); found; found = inner.exec(text)) {
    const [whole, name = '', operator, word = ''] = found;
    const known = given[name] ?? '';
    if (known === '' && operator === '?') throw new Error(`${name}: ${word}`);
    // A function: `$&` in a value is no pattern.
    text = text.replace(whole, () => (known === '' && operator === '-' ? word : known));
  }
  return text;
}

/** An app's whole environment as compose would give it. */
export function environmentOf(
  service: ComposeService,
  given: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(service.environment ?? {}).map(([name, value]) => [
      name,
      interpolate(String(value), given),
    ]),
  );
}
