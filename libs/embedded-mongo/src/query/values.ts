import { isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';

/** A field of a document; names such as `constructor` must not find what every JavaScript object inherits. */
export function field(doc: Doc, name: string): unknown {
  const value = doc[name];
  if (name === '__proto__') return Object.hasOwn(doc, name) ? value : undefined;
  return typeof value === 'function' ? undefined : value;
}

const INDEX = /^\d+$/;

/**
 * Visits what a path means in a query, as MongoDB does: arrays on the way are searched element by element, an array at
 * the end is offered itself and by element, and a missing field is offered as undefined. True as soon as `test` is.
 */
export function anyValue(
  value: unknown,
  path: readonly string[],
  at: number,
  test: (value: unknown) => boolean,
): boolean {
  if (at === path.length) {
    if (test(value)) return true;
    return Array.isArray(value) && value.some(test);
  }
  const name = path[at] ?? '';
  if (Array.isArray(value)) {
    if (
      INDEX.test(name) &&
      Number(name) < value.length &&
      anyValue(value[Number(name)], path, at + 1, test)
    ) {
      return true;
    }
    return value.some((element) => isDocument(element) && anyValue(element, path, at, test));
  }
  if (at === 0 || isDocument(value)) return anyValue(field(value as Doc, name), path, at + 1, test);
  return test(undefined);
}

/** Like {@link anyValue}, but an array at the end is offered only as a whole. */
export function anyWhole(
  value: unknown,
  path: readonly string[],
  at: number,
  test: (value: unknown) => boolean,
): boolean {
  if (at === path.length) return test(value);
  const name = path[at] ?? '';
  if (Array.isArray(value)) {
    if (
      INDEX.test(name) &&
      Number(name) < value.length &&
      anyWhole(value[Number(name)], path, at + 1, test)
    ) {
      return true;
    }
    return value.some((element) => isDocument(element) && anyWhole(element, path, at, test));
  }
  if (at === 0 || isDocument(value)) return anyWhole(field(value as Doc, name), path, at + 1, test);
  return test(undefined);
}
