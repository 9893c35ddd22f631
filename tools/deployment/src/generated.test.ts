import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { root } from '@portico/launcher';
import { expect, test } from 'vitest';
import { generatedFiles } from './generated.ts';

const files = await generatedFiles();

test.each(files.map(({ file, content }) => [relative(root, file), file, content] as const))(
  '%s is what its sources say (npm run render renews it)',
  (_name, file, content) => {
    expect(readFileSync(file, 'utf8')).toBe(content);
  },
);
