import { parseArgs } from 'node:util';
import { secretLines, writeSecrets } from './platform/env-file.ts';

/** `npm run secrets`: writes `.env` for docker compose; `-- --print` prints it, `-- --file x` writes another. */
const { values } = parseArgs({
  options: { print: { type: 'boolean', default: false }, file: { type: 'string', default: '.env' } },
});
try {
  if (values.print) {
    console.log(secretLines().join('\n'));
  } else {
    writeSecrets(values.file);
    console.log(`new secrets are in ${values.file}: keep it, and keep it out of the repository`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
