import { isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { CommandError } from '../errors.ts';

interface Branch {
  /** Where the walk stands; the remaining path starts at `at`. */
  value: unknown;
  at: number;
}

export interface ExtractedKeys {
  /** One tuple of values for each entry that the document has in the index. */
  tuples: unknown[][];
  /** Which fields of the index met an array. */
  arrays: boolean[] | undefined;
}

const isIndex = (name: string) => /^\d+$/.test(name);

/** Walks until the path ends or an array is in the way. */
function walk(branch: Branch, path: readonly string[]): Branch {
  let { value, at } = branch;
  while (at < path.length) {
    if (Array.isArray(value)) {
      const name = path[at] ?? '';
      if (!isIndex(name) || Number(name) >= value.length) break;
      value = value[Number(name)];
    } else {
      value = isDocument(value) ? value[path[at] ?? ''] : undefined;
    }
    at++;
  }
  return { value, at };
}

/**
 * The index entries of a document, by MongoDB's rules: an array gives one entry per element, a missing field counts as
 * null, an empty array as undefined, and two different arrays in one compound index are refused (171).
 */
export function extractKeys(doc: Doc, paths: readonly (readonly string[])[]): ExtractedKeys {
  const simple: unknown[] = [];
  for (const path of paths) {
    const value = path.length === 1 ? doc[path[0] ?? ''] : undefined;
    if (path.length !== 1 || Array.isArray(value)) {
      const arrays = paths.map(() => false);
      const tuples: unknown[][] = [];
      expand(
        paths.map(() => ({ value: doc, at: 0 })),
        paths,
        paths.map(() => false),
        arrays,
        tuples,
      );
      return { tuples, arrays: arrays.includes(true) ? arrays : undefined };
    }
    simple.push(value === undefined ? null : value);
  }
  return { tuples: [simple], arrays: undefined };
}

function expand(
  branches: Branch[],
  paths: readonly (readonly string[])[],
  done: boolean[],
  arrays: boolean[],
  out: unknown[][],
): void {
  const walked = branches.map((branch, i) => (done[i] ? branch : walk(branch, paths[i] ?? [])));
  let array: unknown[] | undefined;
  for (let i = 0; i < walked.length; i++) {
    const value = walked[i]?.value;
    if (done[i] || !Array.isArray(value)) continue;
    if (array !== undefined && array !== value) {
      throw new CommandError(171, 'cannot index parallel arrays');
    }
    array = value as unknown[];
  }
  if (array === undefined) {
    out.push(walked.map((branch) => (branch.value === undefined ? null : branch.value)));
    return;
  }
  const stops = walked.map((branch, i) => !done[i] && branch.value === array);
  stops.forEach((stop, i) => {
    if (stop) arrays[i] = true;
  });
  const atEnd = (i: number) => (walked[i]?.at ?? 0) >= (paths[i]?.length ?? 0);
  if (array.length === 0) {
    // The marker survives the undefined-to-null step because it is put in after it.
    const tuple: unknown[] = walked.map((branch) => (branch.value === undefined ? null : branch.value));
    stops.forEach((stop, i) => {
      if (stop) tuple[i] = atEnd(i) ? undefined : null;
    });
    out.push(tuple);
    return;
  }
  for (const element of array) {
    const nextDone = done.map((was, i) => was || !stops[i] || atEnd(i));
    const next = walked.map((branch, i) => {
      if (!stops[i]) return branch;
      if (atEnd(i)) return { value: element === undefined ? null : element, at: branch.at };
      return { value: isDocument(element) ? element : undefined, at: branch.at };
    });
    // Fields that met no array have ended and are done; the others go on inside the element.
    expand(next, paths, nextDone, arrays, out);
  }
}
