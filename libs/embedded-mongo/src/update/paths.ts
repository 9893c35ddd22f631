import { isDocument, putField } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { CommandError } from '../errors.ts';
import { field } from '../query/values.ts';
import { describeKey } from '../storage/describe.ts';

const INDEX = /^\d+$/;
/** MongoDB refuses to pad an array by more than this. */
const MAX_PADDING = 1_500_000;

/** What decides the `$` and `$[name]` parts of paths. */
export interface PathContext {
  /** Position that the query matched, for `$`. */
  position: (array: string) => number;
  arrayFilters: ReadonlyMap<string, (element: unknown) => boolean>;
}

/** Replaces `$`, `$[]` and `$[name]` by the positions that they stand for in this document. */
export function expandPath(doc: Doc, path: string, context: PathContext): string[][] {
  const names = path.split('.');
  if (!path.includes('$')) return [names];
  let expanded: { names: string[]; value: unknown }[] = [{ names: [], value: doc }];
  for (const name of names) {
    if (name === '$') {
      expanded = expanded.map((at) => {
        const position = context.position(at.names.join('.'));
        if (position < 0) {
          throw new CommandError(2, 'The positional operator did not find the match needed from the query.');
        }
        return step(at, String(position));
      });
    } else if (name.startsWith('$[') && name.endsWith(']')) {
      expanded = expanded.flatMap((at) => elementsOf(at, name.slice(2, -1), path, context));
    } else {
      expanded = expanded.map((at) => step(at, name));
    }
  }
  return expanded.map((at) => at.names);
}

function step(at: { names: string[]; value: unknown }, name: string): { names: string[]; value: unknown } {
  const { value } = at;
  const next = Array.isArray(value)
    ? (value[Number(name)] as unknown)
    : isDocument(value)
      ? field(value, name)
      : undefined;
  return { names: [...at.names, name], value: next };
}

function elementsOf(
  at: { names: string[]; value: unknown },
  identifier: string,
  path: string,
  context: PathContext,
): { names: string[]; value: unknown }[] {
  if (!Array.isArray(at.value)) {
    throw new CommandError(
      2,
      `The path '${at.names.join('.')}' must exist in the document in order to apply array updates.`,
    );
  }
  const filter = identifier === '' ? () => true : context.arrayFilters.get(identifier);
  if (!filter)
    throw new CommandError(2, `No array filter found for identifier '${identifier}' in path '${path}'`);
  return at.value.flatMap((element: unknown, i) => (filter(element) ? [step(at, String(i))] : []));
}

/** The container of the last name of a path, or undefined when there is none. */
function parentOf(doc: Doc, names: readonly string[], create: boolean): Doc | unknown[] | undefined {
  let at: Doc | unknown[] = doc;
  for (const [i, name] of names.slice(0, -1).entries()) {
    const value: unknown = Array.isArray(at) ? at[toIndex(at, name, create)] : field(at, name);
    if (isDocument(value) || Array.isArray(value)) {
      at = value;
      continue;
    }
    if (!create) return undefined;
    if (value !== undefined && (value !== null || Object.hasOwn(at, name))) {
      throw new CommandError(
        28,
        `Cannot create field '${names[i + 1] ?? ''}' in element ${describeKey({ [name]: value })}`,
      );
    }
    const made: Doc = {};
    put(at, name, made);
    at = made;
  }
  return at;
}

function toIndex(array: unknown[], name: string, create: boolean): number {
  if (INDEX.test(name)) return Number(name);
  if (!create) return -1;
  throw new CommandError(28, `Cannot create field '${name}' in element ${describeKey({ array })}`);
}

function put(container: Doc | unknown[], name: string, value: unknown): void {
  if (!Array.isArray(container)) {
    putField(container, name, value);
    return;
  }
  const index = toIndex(container, name, true);
  if (index > container.length + MAX_PADDING) throw new CommandError(2, 'Array padding is too large');
  while (container.length < index) container.push(null);
  container[index] = value;
}

export function getAt(doc: Doc, names: readonly string[]): unknown {
  const parent = parentOf(doc, names, false);
  const last = names[names.length - 1] ?? '';
  if (!parent) return undefined;
  return Array.isArray(parent) ? (INDEX.test(last) ? parent[Number(last)] : undefined) : field(parent, last);
}

/** Sets a value and creates the documents on the way; a scalar on the way is an error (28). */
export function setAt(doc: Doc, names: readonly string[], value: unknown): void {
  const parent = parentOf(doc, names, true);
  if (parent) put(parent, names[names.length - 1] ?? '', value);
}

/** Removes a field; an array element becomes null. */
export function unsetAt(doc: Doc, names: readonly string[]): void {
  const parent = parentOf(doc, names, false);
  const last = names[names.length - 1] ?? '';
  if (!parent) return;
  if (!Array.isArray(parent)) delete parent[last];
  else if (INDEX.test(last) && Number(last) < parent.length) parent[Number(last)] = null;
}
