import { z } from 'zod';
import type { FieldMeta } from './fields.ts';

/** Every mistake in the environment at once, one line each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(app: string, problems: readonly string[]) {
    super(`${app} cannot start:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export type Environment = Record<string, string | undefined>;

/**
 * Reads an app's environment by schema: the only place that touches `process.env`.
 *
 * A variable that is set to an empty string counts as missing, because that is what
 * `VAR=` in an env file means to the person who wrote it.
 *
 * @param app name for the error message
 * @param shape one zod schema per variable, each with `.meta({ description })`
 * @param check further rules over the whole, as `VARIABLE: what to do` lines; a variable that is missing or wrong
 *   stands at its default, or is absent, so that what follows from the others is said at once too
 * @throws ConfigError that lists every wrong or missing variable
 */
export function loadConfig<Shape extends z.ZodRawShape>(
  app: string,
  shape: Shape,
  check: (config: Partial<z.output<z.ZodObject<Shape>>>) => string[] = () => [],
  // eslint-disable-next-line no-restricted-properties -- the one reader
  environment: Environment = process.env,
): z.output<z.ZodObject<Shape>> {
  const given = Object.fromEntries(
    Object.keys(shape)
      .map((name) => [name, environment[name]] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = z.object(shape).safeParse(given);
  const problems = new Map<string, string>();
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0]);
    problems.set(name, name in given ? issue.message : 'is not set');
  }
  if (environment['NODE_ENV'] === 'production') {
    for (const [name, schema] of Object.entries(shape)) {
      // A variable without which no environment can do has been named above.
      const optional = schema._zod.optin === 'optional';
      if (optional && metaOf(schema).requiredInProduction && !(name in given))
        problems.set(name, 'must be set in production');
    }
  }
  const lines = [...problems].map(([name, problem]) => `${name}: ${problem}`);
  const readable = parsed.success ? parsed.data : readableOf(shape, given);
  const further = check(readable).filter((line) => !problems.has(line.slice(0, line.indexOf(':'))));
  if (!parsed.success || lines.length + further.length > 0)
    throw new ConfigError(app, [...lines, ...further]);
  return parsed.data;
}

/** What can be read of an environment in which something is wrong. */
function readableOf<Shape extends z.ZodRawShape>(
  shape: Shape,
  given: Environment,
): Partial<z.output<z.ZodObject<Shape>>> {
  const values = Object.entries(shape).map(([name, schema]) => {
    const own = z.safeParse(schema, given[name]);
    return [name, (own.success ? own : z.safeParse(schema, undefined)).data] as const;
  });
  return Object.fromEntries(values) as Partial<z.output<z.ZodObject<Shape>>>;
}

/** The whole environment, for a process that starts others and passes it on. */
export function wholeEnvironment(): Environment {
  // eslint-disable-next-line no-restricted-properties -- passed on, not read
  return { ...process.env };
}

/** One variable as `npm run config` prints it. */
export interface ConfigRow {
  name: string;
  description: string;
  default: string;
  secret: boolean;
  requiredInProduction: boolean;
}

/** The variables of a schema, in the order of declaration. */
export function describeConfig(shape: z.ZodRawShape): ConfigRow[] {
  return Object.entries(shape).map(([name, schema]) => {
    const meta = metaOf(schema);
    return {
      name,
      description: meta.description,
      default: defaultOf(schema),
      secret: meta.secret ?? false,
      requiredInProduction: meta.requiredInProduction ?? false,
    };
  });
}

function metaOf(schema: z.core.$ZodType): FieldMeta {
  const meta = z.globalRegistry.get(schema) as FieldMeta | undefined;
  return meta ?? { description: '' };
}

function defaultOf(schema: z.core.$ZodType): string {
  const definition = schema._zod.def as { type: string; defaultValue?: unknown };
  if (definition.type === 'default' || definition.type === 'prefault') {
    const { defaultValue } = definition;
    return Array.isArray(defaultValue) ? defaultValue.join(',') : String(defaultValue);
  }
  return schema._zod.optin === 'optional' ? '' : '(required)';
}
