import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

/** A file of the built console, as it is sent. */
export interface SiteFile {
  type: string;
  etag: string;
  body: Buffer;
  /** The same bytes encoded, by the name of the encoding. */
  encoded: Partial<Record<Encoding, Buffer>>;
}

export type Encoding = 'br' | 'gzip';

/** The built console, by path below its folder. */
export type Site = ReadonlyMap<string, SiteFile>;

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** The build writes it last. */
const stamp = '.inputs';

/**
 * Reads the built console into memory, and again after another build.
 *
 * @returns a function that answers the site, or undefined while there is no finished build
 */
export function createSiteReader(folder: string): () => Promise<Site | undefined> {
  let read: { builtAt: number; site: Promise<Site> } | undefined;
  return async () => {
    const built = await stat(join(folder, stamp)).catch(() => undefined);
    if (!built) return undefined;
    if (read?.builtAt !== built.mtimeMs) read = { builtAt: built.mtimeMs, site: readSite(folder) };
    return read.site;
  };
}

async function readSite(folder: string): Promise<Site> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile() && extname(entry.name) in types)
    .map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    names.map(
      async (name) => [relative(folder, name).split(sep).join('/'), await readSiteFile(name)] as const,
    ),
  );
  return new Map(files);
}

async function readSiteFile(name: string): Promise<SiteFile> {
  const optional = (path: string) => readFile(path).catch(() => undefined);
  const [body, br, gzip] = await Promise.all([
    readFile(name),
    optional(`${name}.br`),
    optional(`${name}.gz`),
  ]);
  return {
    type: types[extname(name)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    body,
    encoded: { ...(br && { br }), ...(gzip && { gzip }) },
  };
}
