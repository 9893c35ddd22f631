import { decodeExact, decodePromoted, encode, isDocument, putField } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { CommandError, unsupported } from '../errors.ts';
import { toNumber, typeOrder, ORDER } from '../keys/compare.ts';
import { compileExpression } from './expressions.ts';
import type { Expression, Variables } from './expressions.ts';
import { compileFilter, normalizeFilter } from './matcher.ts';
import { elementTest } from './operators.ts';
import { field } from './values.ts';

interface Tree {
  [name: string]: Tree | true;
}

/** Turns a stored document into what the client asked for. */
export type Projection = (bytes: Uint8Array) => Buffer;

interface Parts {
  tree: Tree;
  inclusive: boolean;
  withId: boolean;
  slices: [path: string, skip: number, limit: number][];
  elements: [name: string, test: (element: unknown) => boolean][];
  positional: string | undefined;
  expressions: [path: string, expression: Expression][];
}

function addToTree(tree: Tree, path: string): void {
  const names = path.split('.');
  let at = tree;
  for (const [i, name] of names.entries()) {
    const next = at[name];
    if (i === names.length - 1) {
      if (next !== undefined) throw new CommandError(31250, `Path collision at ${path}`);
      at[name] = true;
    } else {
      if (next === true) throw new CommandError(31249, `Path collision at ${path}`);
      at = at[name] = next ?? {};
    }
  }
}

const testOf = (filter: Doc) => {
  const matcher = compileFilter(filter);
  return (doc: Doc) => matcher.test(doc);
};

const isFlag = (value: unknown) => typeof value === 'boolean' || typeOrder(value) === ORDER.number;
const isOn = (value: unknown) => (typeof value === 'boolean' ? value : toNumber(value) !== 0);

function parse(spec: Doc, variables: Variables | undefined): Parts {
  const parts: Parts = {
    tree: {},
    inclusive: false,
    withId: true,
    slices: [],
    elements: [],
    positional: undefined,
    expressions: [],
  };
  const includes: string[] = [];
  const excludes: string[] = [];
  for (const [path, value] of Object.entries(spec)) {
    if (path === '_id' && isFlag(value)) parts.withId = isOn(value);
    else if (isFlag(value)) {
      if (path.endsWith('.$')) {
        parts.positional = path.slice(0, -2);
        includes.push(parts.positional);
      } else (isOn(value) ? includes : excludes).push(path);
    } else if (isDocument(value) && '$slice' in value && !isExpressionSlice(value.$slice)) {
      parts.slices.push([path, ...parseSlice(value.$slice)]);
    } else if (isDocument(value) && '$elemMatch' in value) {
      parts.elements.push([path, elementTest(normalizeFilter(value.$elemMatch), testOf)]);
    } else if (isDocument(value) && '$meta' in value) {
      throw unsupported(2, 'the projection $meta');
    } else if (isDocument(value) && !(Object.keys(value)[0] ?? '').startsWith('$')) {
      flatten(path, value, includes, excludes, parts, variables);
    } else {
      parts.expressions.push([path, compileExpression(value, variables)]);
    }
  }
  if (includes.length > 0 && excludes.length > 0) {
    throw new CommandError(31254, `Cannot do exclusion on field ${excludes[0]} in inclusion projection`);
  }
  if (excludes.length > 0 && parts.expressions.length > 0) {
    throw new CommandError(31252, 'Cannot use an expression in an exclusion projection');
  }
  if (parts.expressions.some(([path]) => path === '_id')) parts.withId = false;
  const idOnly = spec._id !== undefined && parts.withId && isFlag(spec._id);
  parts.inclusive =
    includes.length > 0 ||
    parts.elements.length > 0 ||
    parts.expressions.length > 0 ||
    (idOnly && excludes.length === 0 && parts.slices.length === 0);
  for (const path of parts.inclusive ? includes : excludes) addToTree(parts.tree, path);
  return parts;
}

function flatten(
  prefix: string,
  spec: Doc,
  includes: string[],
  excludes: string[],
  parts: Parts,
  variables: Variables | undefined,
): void {
  for (const [name, value] of Object.entries(spec)) {
    const path = `${prefix}.${name}`;
    if (isFlag(value)) (isOn(value) ? includes : excludes).push(path);
    else if (isDocument(value) && !(Object.keys(value)[0] ?? '').startsWith('$')) {
      flatten(path, value, includes, excludes, parts, variables);
    } else parts.expressions.push([path, compileExpression(value, variables)]);
  }
}

const isExpressionSlice = (value: unknown) =>
  Array.isArray(value) && (value.length === 3 || typeOrder(value[0]) !== ORDER.number);

function parseSlice(value: unknown): [number, number] {
  if (Array.isArray(value)) return [toNumber(value[0]), toNumber(value[1])];
  const count = toNumber(value);
  return count >= 0 ? [0, count] : [count, -count];
}

function include(value: unknown, tree: Tree): unknown {
  if (Array.isArray(value)) {
    return value.filter((v) => Array.isArray(v) || isDocument(v)).map((v) => include(v, tree));
  }
  if (!isDocument(value)) return undefined;
  const result: Doc = {};
  for (const name of Object.keys(value)) {
    const wanted = Object.hasOwn(tree, name) ? tree[name] : undefined;
    if (wanted === undefined) continue;
    const kept = wanted === true ? value[name] : include(value[name], wanted);
    if (kept !== undefined) putField(result, name, kept);
  }
  return result;
}

function exclude(value: unknown, tree: Tree): unknown {
  if (Array.isArray(value)) return value.map((element) => exclude(element, tree));
  if (!isDocument(value)) return value;
  const result: Doc = {};
  for (const name of Object.keys(value)) {
    const cut = Object.hasOwn(tree, name) ? tree[name] : undefined;
    if (cut === true) continue;
    putField(result, name, cut === undefined ? value[name] : exclude(value[name], cut));
  }
  return result;
}

function changePath(doc: Doc, path: readonly string[], change: (value: unknown) => unknown): Doc {
  const [name = '', ...rest] = path;
  const value = field(doc, name);
  if (value === undefined) return doc;
  if (rest.length === 0) return { ...doc, [name]: change(value) };
  return isDocument(value) ? { ...doc, [name]: changePath(value, rest, change) } : doc;
}

function setPath(doc: Doc, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    if (value !== undefined) putField(doc, name, value);
    return;
  }
  const inner = field(doc, name);
  const next: Doc = isDocument(inner) ? { ...inner } : {};
  doc[name] = next;
  setPath(next, rest, value);
}

/** The position that the filter matched in the array of a `path.$` projection. */
export function matchedPosition(filter: Doc, path: string, doc: Doc): number {
  const array = path
    .split('.')
    .reduce<unknown>((value, name) => (isDocument(value) ? field(value, name) : undefined), doc);
  if (!Array.isArray(array)) return -1;
  const conditions: Doc[] = [];
  const collect = (part: Doc): void => {
    for (const [name, value] of Object.entries(part)) {
      if (name === '$and' && Array.isArray(value)) value.filter(isDocument).forEach(collect);
      else if (name === path)
        conditions.push(
          isDocument(value) && '$elemMatch' in value ? elementCondition(value) : { element: value },
        );
      else if (name.startsWith(`${path}.`))
        conditions.push({ [`element.${name.slice(path.length + 1)}`]: value });
    }
  };
  collect(filter);
  const matchers = conditions.map((condition) => compileFilter(condition));
  if (matchers.length === 0) return -1;
  const all = array.findIndex((element) => matchers.every((matcher) => matcher.test({ element })));
  return all >= 0 ? all : array.findIndex((element) => matchers[0]?.test({ element }));
}

function elementCondition({ $elemMatch: criteria }: Doc): Doc {
  if (!isDocument(criteria)) return {};
  if ((Object.keys(criteria)[0] ?? '').startsWith('$')) return { element: criteria };
  return Object.fromEntries(Object.entries(criteria).map(([name, value]) => [`element.${name}`, value]));
}

function treeOf(parts: Parts): Tree {
  const tree: Tree = { ...parts.tree };
  if (parts.inclusive) {
    for (const [name] of parts.elements) tree[name] = true;
    for (const [path] of parts.slices) if (!Object.hasOwn(tree, path)) addToTree(tree, path);
    if (parts.withId) tree._id = true;
  } else if (!parts.withId) tree._id = true;
  return tree;
}

/** MongoDB computes a field inside an array for each element. */
function outsideArrays(doc: Doc, path: string[]): string[] {
  let at: unknown = doc;
  for (const name of path.slice(0, -1)) {
    at = isDocument(at) ? field(at, name) : undefined;
    if (Array.isArray(at)) throw unsupported(168, 'a computed field inside an array');
  }
  return path;
}

function compute(result: Doc, doc: Doc, expressions: Parts['expressions']): Doc {
  let computed = result;
  for (const [path, expression] of expressions) {
    const value = expression(doc);
    if (path === '_id') computed = value === undefined ? computed : { _id: value, ...computed };
    else setPath(computed, outsideArrays(doc, path.split('.')), value);
  }
  return computed;
}

/** Compiles a `$project`: fields by name and computed ones. */
export function compileProject(spec: unknown, variables: Variables): (doc: Doc) => Doc {
  if (!isDocument(spec) || Object.keys(spec).length === 0)
    throw new CommandError(51272, 'Invalid $project: the specification must have at least one field');
  const parts = parse(spec, variables);
  if (parts.slices.length > 0 || parts.elements.length > 0 || parts.positional !== undefined)
    throw unsupported(168, 'a $project with $slice, $elemMatch or a positional field');
  const tree = treeOf(parts);
  return (doc) =>
    compute((parts.inclusive ? include(doc, tree) : exclude(doc, tree)) as Doc, doc, parts.expressions);
}

/** Compiles a projection; undefined when the document is wanted as it is. */
export function compileProjection(spec: unknown, filter: Doc, variables?: Variables): Projection | undefined {
  if (spec === undefined || spec === null) return undefined;
  if (!isDocument(spec)) throw new CommandError(14, 'Expected field projection to be of type object');
  if (Object.keys(spec).length === 0) return undefined;
  const parts = parse(spec, variables);
  const byName = new Map(parts.elements);
  const tree = treeOf(parts);
  return (bytes) => {
    const doc = decodeExact(bytes);
    let result = (parts.inclusive ? include(doc, tree) : exclude(doc, tree)) as Doc;
    for (const [path, skip, limit] of parts.slices) {
      result = changePath(result, path.split('.'), (value) => slice(value, skip, limit));
    }
    for (const [name, test] of byName) {
      const array = field(doc, name);
      delete result[name];
      const promoted = Array.isArray(array) ? (decodePromoted(bytes)[name] as unknown[]) : [];
      const at = promoted.findIndex(test);
      if (at >= 0) result[name] = [(array as unknown[])[at]];
    }
    if (parts.positional !== undefined) {
      const at = matchedPosition(filter, parts.positional, decodePromoted(bytes));
      if (at < 0) {
        throw new CommandError(
          51246,
          "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array",
        );
      }
      result = changePath(result, parts.positional.split('.'), (value) =>
        (value as unknown[]).slice(at, at + 1),
      );
    }
    return encode(compute(result, doc, parts.expressions));
  };
}

function slice(value: unknown, skip: number, limit: number): unknown {
  if (!Array.isArray(value)) return value;
  const from = skip < 0 ? Math.max(0, value.length + skip) : skip;
  return value.slice(from, from + limit);
}
