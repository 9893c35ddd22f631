import { join } from 'node:path';
import { ESLint } from 'eslint';
import { expect, test } from 'vitest';
import { root } from '@portico/launcher';

const eslint = new ESLint({ cwd: root });

/** What the boundary rule says of a file with another content. */
async function boundaryProblems(file: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: join(root, file) });
  return (result?.messages ?? [])
    .filter(({ ruleId }) => ruleId === '@nx/enforce-module-boundaries')
    .map(({ message }) => message);
}

const seeded = [
  ['a lib', 'an app', 'libs/envelope/src/index.ts', '@portico/app-support/src/config.ts'],
  ['an app', 'a tool', 'apps/app-support/src/config.ts', '@portico/launcher'],
  ['a lib', 'a tool', 'libs/envelope/src/index.ts', '@portico/launcher'],
] as const;

test.each(seeded)('%s cannot import %s', async (_importer, _imported, file, specifier) => {
  const problems = await boundaryProblems(file, `import '${specifier}';`);
  expect(problems).toHaveLength(1);
});

test('nobody reaches into another project by its path', async () => {
  const problems = await boundaryProblems(
    'libs/envelope/src/index.ts',
    "import '../../config/src/index.ts';",
  );
  expect(problems).toEqual([expect.stringContaining('cannot be imported by a relative or absolute path')]);
});

test('a lib can import a lib', async () => {
  expect(await boundaryProblems('libs/service/src/index.ts', "import '@portico/config';")).toEqual([]);
});
