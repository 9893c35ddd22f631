import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { descriptorProblems } from './check.ts';
import { descriptorSchema, type Descriptor } from './schema.ts';

/** The checkout, or the folder of an image that has the same layout. */
export const workspaceRoot = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

/**
 * The descriptors of all apps below `root`, by name.
 *
 * @throws Error that names each app at fault and says what to do
 */
export async function readDescriptors(root: string = workspaceRoot): Promise<Descriptor[]> {
  const read: Descriptor[] = [];
  const problems: string[] = [];
  for (const folder of appFolders(root)) {
    const result = await readDescriptor(root, folder);
    if (typeof result === 'string') problems.push(result);
    else read.push(result);
  }
  problems.push(...descriptorProblems(read));
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return read;
}

/** A file that a descriptor names, as the path it has below `root`. */
export function fileOf(descriptor: Descriptor, file: string, root: string = workspaceRoot): string {
  return join(root, 'apps', descriptor.name, file);
}

function appFolders(root: string): string[] {
  return readdirSync(join(root, 'apps'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) =>
      ['src/main.ts', 'service.ts'].some((file) => existsSync(join(root, 'apps', name, file))),
    )
    .sort();
}

/** The descriptor, or what is wrong with it. */
async function readDescriptor(root: string, folder: string): Promise<Descriptor | string> {
  const file = join('apps', folder, 'service.ts');
  if (!existsSync(join(root, file)))
    return `${file} is missing: write a descriptor, such as that of another app, or remove apps/${folder}`;
  let exported: unknown;
  try {
    ({ default: exported } = (await import(pathToFileURL(join(root, file)).href)) as { default?: unknown });
  } catch (error) {
    return `${file} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
  }
  const { data, error } = descriptorSchema.safeParse(exported);
  if (!data)
    return error.issues
      .map(
        (issue) =>
          `${file}: ${[...issue.path.map(String), ''].join('.').slice(0, -1) || 'default export'}: ${issue.message}`,
      )
      .join('\n');
  return data.name === folder ? data : `${file}: name: must be ${folder}, the name of its folder`;
}
