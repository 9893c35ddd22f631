import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig, processEnvironment, wholeEnvironment } from '@portico/config';
import { signIn } from './operator.ts';
import { openOutbox } from './outbox.ts';
import { startProgress, type Screen } from './progress.ts';
import type { Stage } from './stage.ts';
import { stories } from './stories.ts';
import { dataDirAt, keepSecrets, launchPlatform, runningPlatform } from '@portico/launcher';

/**
 * `npm run demo`: tells the story of each document against the platform that runs on `DATA_DIR`, or against one that it
 * starts there and stops at the end. `-- --only accounts,app-support` tells some.
 */
const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const only = values.only.split(',').filter((name) => name !== '');
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());

const environment = wholeEnvironment();
const dataDir = resolve(loadConfig('demo', processEnvironment).DATA_DIR);
const screen: Screen = {
  write: (text) => void process.stdout.write(text),
  isTerminal: process.stdout.isTTY,
};
const say = (line: string) => screen.write(`  ${line}\n`);

function stageOn(url: string): Stage {
  const folder = join(dataDir, 'demo');
  mkdirSync(folder, { recursive: true });
  const secrets = { ...keepSecrets(dataDirAt(dataDir).secretsFile, environment), ...environment };
  const login = { email: secrets['ADMIN_EMAIL'] ?? '', password: secrets['ADMIN_PASSWORD'] ?? '' };
  let token: Promise<string> | undefined;
  return {
    url,
    folder,
    dataDir,
    outbox: openOutbox(join(dataDir, 'outbox.ndjson')),
    operatorToken: () => (token ??= signIn(url, login)),
    say,
    progress: (label, total) => startProgress(screen, label, total),
  };
}

let launched: Awaited<ReturnType<typeof launchPlatform>> | undefined;
let failed = 0;
try {
  let state = runningPlatform(dataDir);
  if (!state) {
    console.log('Nothing is running here: starting the platform for as long as the demonstration takes.');
    launched = await launchPlatform({
      dataDir,
      environment: { ...environment, PORT: environment['PORT'] ?? '0' },
      signal: stop.signal,
    });
    state = launched.state;
  } else {
    // Nothing of ours runs that would have to be stopped first.
    stop.signal.addEventListener('abort', () => process.exit(1));
  }
  console.log(`The platform answers at ${state.gateway.url}.`);
  const stage = stageOn(state.gateway.url);
  const running = Object.keys(state.services);
  for (const { name, title, needs, tell } of stories) {
    if (only.length > 0 && !only.includes(name)) continue;
    console.log(`\n${title}`);
    const missing = needs.filter((service) => !running.includes(service));
    if (missing.length > 0) {
      say(`left out: ${missing.join(', ')} is not running`);
      continue;
    }
    try {
      await tell(stage);
    } catch (error) {
      if (stop.signal.aborted) break;
      failed += 1;
      say(`FAILED: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
} catch (error) {
  if (!stop.signal.aborted) console.error(error instanceof Error ? error.message : error);
  process.exit(1);
} finally {
  await launched?.stop();
}
if (stop.signal.aborted) process.exit(1);
console.log(failed === 0 ? '\nEverything went as documented.' : `\n${failed} of the stories failed.`);
process.exit(failed === 0 ? 0 : 1);
