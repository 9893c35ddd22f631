import type { Manifest } from 'vite';

export interface Chunk {
  gzip: number;
}

const kilobyte = 1024;
/** Bytes after gzip. */
export const budgets = {
  signIn: 170 * kilobyte,
  firstList: 230 * kilobyte,
  css: 40 * kilobyte,
  page: 25 * kilobyte,
  allScripts: 330 * kilobyte,
};

/** The page whose first list is measured. */
const listPage = 'src/account-pool/accounts/accounts.page.tsx';

/** Where a build is larger than its budget, a sentence each. */
export function budgetProblems(manifest: Manifest, sizes: ReadonlyMap<string, Chunk>): string[] {
  const size = (file: string) => sizes.get(file)?.gzip ?? 0;
  const total = (files: Iterable<string>) => [...files].reduce((sum, file) => sum + size(file), 0);
  const entry = closure(manifest, 'index.html');
  const measured: [string, number, number][] = [
    ['JavaScript to the sign-in', total(entry), budgets.signIn],
    [
      'JavaScript to a first list',
      total(new Set([...entry, ...closure(manifest, listPage)])),
      budgets.firstList,
    ],
    ['style sheets', total([...sizes.keys()].filter((file) => file.endsWith('.css'))), budgets.css],
    ['all JavaScript', total([...sizes.keys()].filter((file) => file.endsWith('.js'))), budgets.allScripts],
    ...Object.entries(manifest)
      .filter(([name]) => name.endsWith('.page.tsx'))
      .map(([name, { file }]): [string, number, number] => [name, size(file), budgets.page]),
  ];
  return measured
    .filter(([, bytes, most]) => bytes > most)
    .map(([what, bytes, most]) => `${what}: ${format(bytes)} of ${format(most)} after gzip`);
}

const format = (bytes: number) => `${(bytes / kilobyte).toFixed(1)} KB`;

/** The scripts that a module needs before it runs. */
function closure(manifest: Manifest, name: string, found = new Set<string>()): Set<string> {
  const chunk = manifest[name];
  if (!chunk || found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const needed of chunk.imports ?? []) closure(manifest, needed, found);
  return found;
}
