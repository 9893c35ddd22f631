import { isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import { ORDER, typeOrder } from '../keys/compare.ts';

/** One condition on one path that an index can use. */
export interface Condition {
  op: '$eq' | '$in' | '$gt' | '$gte' | '$lt' | '$lte' | 'prefix' | '$exists';
  value: unknown;
  /** False when the index key alone does not decide the condition and the document has to be looked at. */
  exact: boolean;
}

/** What a filter says about each path, as far as indexes are concerned. */
export interface Analysis {
  byPath: Map<string, Condition[]>;
  /** True when the conditions above are the whole filter. */
  complete: boolean;
  /** The branches of a top-level `$or`, each with the rest of the filter. */
  or: Doc[] | undefined;
}

/** Types whose ranges an index serves; arrays and documents are compared on the document. */
function isScalar(value: unknown): boolean {
  const order = typeOrder(value);
  return (
    order === ORDER.number ||
    order === ORDER.string ||
    order === ORDER.boolean ||
    order === ORDER.date ||
    order === ORDER.objectId ||
    order === ORDER.timestamp ||
    order === ORDER.binary
  );
}

const isNaNValue = (value: unknown) => typeof value === 'number' && Number.isNaN(value);

/** The literal text that every match of an anchored, case-sensitive expression starts with. */
function regexPrefix(regex: RegExp): string {
  if (/[im]/.test(regex.flags) || !regex.source.startsWith('^') || regex.source.includes('|')) return '';
  const literal = /^(?:[^\\.*+?()[\]{}^$|]|\\[^A-Za-z0-9])*/.exec(regex.source.slice(1))?.[0] ?? '';
  const next = regex.source.charAt(1 + literal.length);
  const kept = /[*?{]/.test(next) ? literal.replace(/\\?.$/su, '') : literal;
  return kept.replace(/\\(.)/gs, '$1');
}

function equality(value: unknown): Condition | undefined {
  const order = typeOrder(value);
  if (order === ORDER.array || order === ORDER.regex || order === ORDER.undefined) return undefined;
  // A key of null also stands for what is missing, and for values that a query tells apart.
  return { op: '$eq', value, exact: order !== ORDER.null };
}

/** The condition of one operator, or undefined when no index can help. */
function condition(op: string, value: unknown): Condition | undefined {
  switch (op) {
    case '$eq':
      return equality(value);
    case '$in': {
      if (!Array.isArray(value)) return undefined;
      const points = value.map(equality);
      if (points.some((point) => point === undefined)) return undefined;
      return { op: '$in', value, exact: points.every((point) => point?.exact) };
    }
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return isScalar(value) && !isNaNValue(value) ? { op, value, exact: true } : undefined;
    case '$regex': {
      const prefix = value instanceof RegExp ? regexPrefix(value) : '';
      return prefix === '' ? undefined : { op: 'prefix', value: prefix, exact: false };
    }
    case '$exists':
      return value === true || value === 1 ? { op: '$exists', value: true, exact: false } : undefined;
    default:
      return undefined;
  }
}

function add(analysis: Analysis, path: string, found: Condition | undefined): void {
  if (!found) {
    analysis.complete = false;
    return;
  }
  const conditions = analysis.byPath.get(path);
  if (conditions) conditions.push(found);
  else analysis.byPath.set(path, [found]);
}

function addField(analysis: Analysis, path: string, expression: unknown): void {
  if (expression instanceof RegExp) return add(analysis, path, condition('$regex', expression));
  const isOperators = isDocument(expression) && (Object.keys(expression)[0] ?? '').startsWith('$');
  if (!isOperators) return add(analysis, path, condition('$eq', expression));
  for (const [op, value] of Object.entries(expression)) {
    if (op === '$elemMatch' && isDocument(value)) addElements(analysis, path, value);
    else add(analysis, path, condition(op, value));
  }
}

/** Inside `$elemMatch` each field narrows the keys of the array, but only together do they decide. */
function addElements(analysis: Analysis, path: string, criteria: Doc): void {
  analysis.complete = false;
  const inner: Analysis = { byPath: new Map(), complete: true, or: undefined };
  const byValue = (Object.keys(criteria)[0] ?? '').startsWith('$');
  if (byValue) addField(inner, path, criteria);
  else analyzeInto(inner, criteria, `${path}.`);
  for (const [name, conditions] of inner.byPath) {
    for (const found of conditions) add(analysis, name, { ...found, exact: false });
  }
}

function analyzeInto(analysis: Analysis, filter: Doc, prefix: string): void {
  for (const [name, value] of Object.entries(filter)) {
    if (name === '$and' && Array.isArray(value)) {
      for (const part of value) if (isDocument(part)) analyzeInto(analysis, part, prefix);
    } else if (name === '$or' && Array.isArray(value) && prefix === '') {
      analysis.complete = false;
      if (value.length === 1 && isDocument(value[0])) analyzeInto(analysis, value[0], prefix);
      else analysis.or ??= value.filter(isDocument);
    } else if (name.startsWith('$')) {
      analysis.complete = false;
    } else {
      addField(analysis, prefix + name, value);
    }
  }
}

/** Collects from a normalized filter what indexes can use. */
export function analyze(filter: Doc): Analysis {
  const analysis: Analysis = { byPath: new Map(), complete: true, or: undefined };
  analyzeInto(analysis, filter, '');
  return analysis;
}
