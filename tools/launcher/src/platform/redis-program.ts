import { spawn } from 'node:child_process';
import { findProgram, redisPrograms } from '@portico/data-stores';

const missing =
  'Redis is needed: install redis-server (Debian: apt-get install redis-server) or valkey-server, or set REDIS_URL';

export interface RedisProgramOptions {
  searchPath: string;
  /** `process.getuid()`, 0 for root. */
  userId: number | undefined;
  signal: AbortSignal;
  report: (message: string) => void;
}

/**
 * Makes sure that a Redis program is on the search path, by installing Debian's where that is possible without asking.
 *
 * @throws with the one line that says what to install
 */
export async function ensureRedis({
  searchPath,
  userId,
  signal,
  report,
}: RedisProgramOptions): Promise<void> {
  if (findProgram(redisPrograms, searchPath)) return;
  if (!findProgram(['apt-get'], searchPath)) throw new Error(missing);
  const asRoot = userId === 0 ? [] : ['sudo', '-n'];
  if (asRoot.length > 0 && !(await succeeds([...asRoot, 'true'], signal))) throw new Error(missing);
  report('installing redis-server with apt-get');
  const aptGet = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', '-y'];
  const installed =
    (await succeeds([...aptGet, 'update'], signal)) &&
    (await succeeds([...aptGet, 'install', '--no-install-recommends', 'redis-server'], signal));
  if (!installed || !findProgram(redisPrograms, searchPath)) throw new Error(missing);
}

function succeeds([command = '', ...args]: readonly string[], signal: AbortSignal): Promise<boolean> {
  const child = spawn(command, args, { stdio: 'ignore', signal });
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
