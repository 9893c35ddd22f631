// `npm start`, `npm test` and the others begin here: installs what is missing, then runs the TypeScript tool of that
// path on the project's own Node. Plain JavaScript that any Node from 20.19 on understands.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  canBegin,
  compileCacheOf,
  isInstallationMissing,
  nodeFor,
  oldestNode,
  projectNode,
} from './installation/installation.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const [tool = '', ...toolArguments] = process.argv.slice(2);

if (!canBegin(process.versions.node)) {
  fail(`Node ${oldestNode.join('.')} or later is needed to begin; this is ${process.versions.node}`);
}
if (isInstallationMissing(root)) await install();
const node = nodeFor(root, { execPath: process.execPath, version: process.versions.node });
if (!node) {
  fail(
    `no Node is packaged for ${process.platform} ${process.arch}: run this with Node ${projectNode} or later`,
  );
}
process.exitCode = await run(node, ['--max-semi-space-size=2', join(root, tool), ...toolArguments], {
  // The channel tells the tool when this process is gone, however it went.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: {
    ...process.env,
    PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? compileCacheOf(root),
  },
});

/** @returns {Promise<void>} */
async function install() {
  console.log('installing dependencies (npm ci)');
  // Development packages too: production means how the platform runs, the tools are needed either way.
  const options = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const code = await run(npm ? process.execPath : 'npm', npm ? [npm, ...options] : options, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (code !== 0) process.exit(code);
}

/**
 * Runs a program to its end, passing signals on.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<number>} its exit code
 */
function run(command, args, options) {
  const child = spawn(command, args, options);
  const passOn = (/** @type {NodeJS.Signals} */ signal) => void child.kill(signal);
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const signal of signals) process.on(signal, passOn);
  // Killed by force, npm passes nothing on.
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid === parent || passOn('SIGTERM'), 500);
  if (!process.env.npm_lifecycle_event) clearInterval(watch);
  return new Promise((resolve) => {
    child.once('error', (error) => fail(`${command}: ${error.message}`));
    child.once('exit', (code, signal) => {
      clearInterval(watch);
      for (const name of signals) process.off(name, passOn);
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(message);
  process.exit(1);
}
