import { createHash } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileLinks } from './file-links.ts';
import type { Storage } from './storage.ts';

/** Files in a folder of this machine, served by this service itself through the gateway. */
export function createLocalStorage(
  directory: string,
  links: FileLinks,
): Storage & { pathOf(key: string): string } {
  /** Names of files never become names on the disk: they may be anything. */
  const pathOf = (key: string) => {
    const name = createHash('sha256').update(key).digest('hex');
    return join(directory, name.slice(0, 2), name);
  };
  return {
    pathOf,
    async uploadTarget(object, publicUrl) {
      await mkdir(join(pathOf(object.key), '..'), { recursive: true });
      return {
        url: publicUrl + links.path({ ...object, use: 'put' }),
        headers: { 'Content-Type': object.contentType },
      };
    },
    downloadUrl: (object, publicUrl) =>
      Promise.resolve(publicUrl + links.path({ ...object, use: 'get', size: 0 })),
    async sizeOf(key) {
      return (await stat(pathOf(key)).catch(() => undefined))?.size;
    },
    remove: (key) => rm(pathOf(key), { force: true }),
  };
}

export type LocalStorage = ReturnType<typeof createLocalStorage>;
