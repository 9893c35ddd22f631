import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { generatedFiles } from './generated.ts';

/** `npm run render`: writes every generated file of the repository; tests hold them against their sources. */
parseArgs({ options: {} });
for (const { file, content } of await generatedFiles()) {
  writeFileSync(file, content);
  console.log(file);
}
