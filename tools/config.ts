import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { asPage, asText } from './configuration/render.ts';
import { allVariables } from './configuration/variables.ts';
import { root } from './platform/apps.ts';

/** `npm run config`: every environment variable of every app; `-- --write` renews the generated pages in `docs`. */
const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const variables = await allVariables();
if (values.write) {
  const file = join(root, 'docs', 'configuration.md');
  writeFileSync(file, await asPage(variables, file));
  // Needs packages that only development has.
  const { writePage } = await import('./monitoring/page.ts');
  await writePage();
} else {
  console.log(asText(variables));
}
