import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Manifest } from 'vite';
import { budgetProblems, type Chunk } from './budget.ts';

/**
 * Builds `dist`, with `.br` and `.gz` beside each file, and fails where a budget is exceeded. Nothing happens while the
 * inputs are those of the last build.
 */
const folder = import.meta.dirname;
const output = join(folder, 'dist/site');
const stamp = join(output, '.inputs');

const inputs = hashOf([
  ...filesOf(join(folder, 'src')),
  ...['index.html', 'vite.config.ts', 'build.ts', 'budget.ts', 'package.json'].map((file) =>
    join(folder, file),
  ),
  join(folder, '../../package-lock.json'),
]);
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== inputs) {
  // Beside the last build, which is served until this one is complete; another start may build at the same time.
  const unfinished = join(folder, `dist/.site-${process.pid}`);
  const { build } = await import('vite');
  await build({
    root: folder,
    logLevel: 'warn',
    configFile: join(folder, 'vite.config.ts'),
    build: { outDir: unfinished },
  });
  const manifest = JSON.parse(readFileSync(join(unfinished, '.vite/manifest.json'), 'utf8')) as Manifest;
  const problems = budgetProblems(manifest, compressAll(unfinished));
  if (problems.length > 0) {
    rmSync(unfinished, { recursive: true });
    console.error(problems.join('\n'));
    process.exit(1);
  }
  // Last: a build that was interrupted is made again.
  writeFileSync(join(unfinished, '.inputs'), inputs);
  rmSync(output, { recursive: true, force: true });
  renameSync(unfinished, output);
}

function compressAll(output: string): Map<string, Chunk> {
  const sizes = new Map<string, Chunk>();
  for (const file of filesOf(output).filter((name) => /\.(js|css|html|svg)$/.test(name))) {
    const bytes = readFileSync(file);
    const gzip = gzipSync(bytes, { level: 9 });
    writeFileSync(`${file}.gz`, gzip);
    writeFileSync(
      `${file}.br`,
      brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
    );
    sizes.set(relative(output, file), { gzip: gzip.length });
  }
  return sizes;
}

function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function hashOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files)
    hash.update(relative(folder, file)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}
