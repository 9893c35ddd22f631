import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig, processEnvironment } from '@portico/config';
import { backupInstallation } from './backup/installation.ts';

/** `npm run backup -- --to <new folder>`: copies the installation in `DATA_DIR`, which may be running. */
try {
  const { values } = parseArgs({ options: { to: { type: 'string' } } });
  if (!values.to) throw new Error('say where to, as in: npm run backup -- --to /backups/portico');
  const { DATA_DIR } = loadConfig('backup', processEnvironment);
  const parts = await backupInstallation(resolve(DATA_DIR), resolve(values.to));
  console.log(`${resolve(values.to)} holds ${parts.join(', ')} of ${resolve(DATA_DIR)}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
