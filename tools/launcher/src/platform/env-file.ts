import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { newSecrets } from './secrets.ts';

/**
 * A new value for every secret that can be made here, as lines that docker compose and
 * `kubectl create secret --from-env-file` read alike: no quotes, and line breaks written as `\n`, as the apps take them.
 */
export function secretLines(): string[] {
  const secrets = {
    ...newSecrets(),
    // The store of files: docker-compose.yml gives them to MinIO too.
    S3_ACCESS_KEY_ID: `portico-${randomBytes(6).toString('hex')}`,
    S3_SECRET_ACCESS_KEY: randomBytes(30).toString('base64url'),
  };
  return Object.entries(secrets).map(([name, value]) => `${name}=${value.replaceAll('\n', '\\n')}`);
}

/**
 * Writes them, after what is to stand before them, readable by their owner only.
 *
 * @throws when the file is there: other secrets would lock everybody out
 */
export function writeSecrets(file: string, more: readonly string[] = []): void {
  try {
    writeFileSync(file, `${[...more, ...secretLines()].join('\n')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new Error(`${file} is there already: move it away to have other secrets made`, { cause: error });
    throw error;
  }
}
