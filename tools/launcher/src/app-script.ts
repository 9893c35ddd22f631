import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { loadConfig, processEnvironment, wholeEnvironment } from '@portico/config';
import { apps, root } from './platform/apps.ts';
import { environmentInside } from './platform/running.ts';

/** Runs `apps/<app>/src/<script>.ts` against the installation that is running: `npm run account-pool:key`. */
const [name = '', script = '', ...scriptArguments] = process.argv.slice(2);
const app = apps.find((candidate) => candidate.name === name);
if (!app) throw new Error(`there is no app ${name}`);
try {
  const { DATA_DIR } = loadConfig(script, processEnvironment);
  const env = environmentInside(app, resolve(DATA_DIR), wholeEnvironment());
  const file = join(root, 'apps', name, 'src', `${script}.ts`);
  const child = spawn(process.execPath, [file, ...scriptArguments], { env, stdio: 'inherit' });
  [process.exitCode] = (await once(child, 'exit')) as [number];
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
