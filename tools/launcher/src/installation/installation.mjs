// Plain JavaScript without dependencies: it runs on whatever Node a machine has, before anything is installed.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The Node that starts an installation must be able to run npm and this file. */
export const oldestNode = [20, 19];
/** The first Node that runs the project's TypeScript as it is; others get the pinned one. */
export const projectNode = 24;

/**
 * @param {string} version `process.versions.node`
 * @returns {boolean}
 */
export function canBegin(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestNode;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/**
 * Whether `npm ci` must run: compares the lock file with what npm recorded of the last installation. By content,
 * because npm writes both files at once and in no certain order, and a checkout changes times.
 *
 * @param {string} root folder of package-lock.json
 * @returns {boolean}
 */
export function isInstallationMissing(root) {
  const recorded = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  const wanted = packagesOf(join(root, 'package-lock.json'));
  if (!recorded || !wanted) return true;
  return Object.entries(wanted).some(([path, entry]) => {
    // Workspaces are in the tree by themselves; optional packages are for other platforms.
    if (!path.includes('node_modules/') || entry.optional) return false;
    const present = recorded[path];
    return present?.version !== entry.version || present?.integrity !== entry.integrity;
  });
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean }} LockedPackage
 * @param {string} file
 * @returns {Record<string, LockedPackage> | undefined}
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * The Node that runs the project: the pinned one where its package was installed (Linux on x64 and arm64), else the
 * running one when it is new enough.
 *
 * @param {string} root
 * @param {{ execPath: string, version: string }} running
 * @returns {string | undefined}
 */
export function nodeFor(root, running) {
  const pinned = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(pinned)) return pinned;
  return Number(running.version.split('.')[0]) >= projectNode ? running.execPath : undefined;
}

/**
 * Where Node keeps compiled and type-stripped sources: with it a process starts in two thirds of the time.
 *
 * @param {string} root
 * @returns {string}
 */
export function compileCacheOf(root) {
  return join(root, 'node_modules', '.cache', 'node');
}
