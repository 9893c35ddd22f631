import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { generatedFiles } from './generated.ts';

/** `npm run render`: writes every generated file of the repository; tests hold them against their sources. */
parseArgs({ options: {} });
for (const { file, content } of await generatedFiles()) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  console.log(file);
}
