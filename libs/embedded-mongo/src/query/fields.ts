import { decodePromoted, isDocument, skipValue } from '../bson.ts';
import type { Doc } from '../bson.ts';

/** Adds the top-level fields that an expression reads; false when it may read the whole document. */
function addExpressionFields(expression: unknown, names: Set<string>): boolean {
  if (typeof expression === 'string') {
    if (expression.startsWith('$$')) return !/^\$\$(ROOT|CURRENT)\b/.test(expression);
    if (expression.startsWith('$')) names.add(expression.slice(1).split('.')[0] ?? '');
    return true;
  }
  if (Array.isArray(expression)) return expression.every((part) => addExpressionFields(part, names));
  if (!isDocument(expression)) return true;
  return Object.entries(expression).every(
    ([name, part]) => name !== '$getField' && addExpressionFields(part, names),
  );
}

function addFilterFields(filter: Doc, names: Set<string>): boolean {
  return Object.entries(filter).every(([name, value]) => {
    if (name === '$expr') return addExpressionFields(value, names);
    if (!name.startsWith('$')) {
      names.add(name.split('.')[0] ?? '');
      return true;
    }
    return Array.isArray(value) && value.every((part) => isDocument(part) && addFilterFields(part, names));
  });
}

/** The top-level fields that a filter reads, or undefined when that cannot be said. */
export function fieldsOfFilter(filter: Doc): Set<string> | undefined {
  const names = new Set<string>();
  return addFilterFields(filter, names) ? names : undefined;
}

/** The top-level fields that expressions read, or undefined when that cannot be said. */
export function fieldsOfExpression(expression: unknown): Set<string> | undefined {
  const names = new Set<string>();
  return addExpressionFields(expression, names) ? names : undefined;
}

function isName(buf: Buffer, at: number, name: Buffer): boolean {
  for (let i = 0; i < name.length; i++) if (buf[at + i] !== name[i]) return false;
  return buf[at + name.length] === 0;
}

/**
 * A decoder for some fields only: the others are skipped, which is several times faster. Its documents share no bytes
 * with what they were read from.
 */
export function fieldDecoder(
  names: ReadonlySet<string>,
  decode: (bytes: Uint8Array) => Doc = decodePromoted,
): (bytes: Buffer) => Doc {
  const wanted = [...names].map((name) => Buffer.from(name));
  return (bytes) => {
    const end = bytes.length - 1;
    const parts: Buffer[] = [];
    let length = 5;
    let pos = 4;
    while (pos < end && parts.length < wanted.length) {
      const nameAt = pos + 1;
      let valueAt = nameAt;
      while (bytes[valueAt] !== 0) valueAt++;
      const next = skipValue(bytes, bytes[pos] ?? 0, valueAt + 1);
      for (const name of wanted) {
        if (name.length !== valueAt - nameAt || !isName(bytes, nameAt, name)) continue;
        parts.push(bytes.subarray(pos, next));
        length += next - pos;
        break;
      }
      pos = next;
    }
    const out = Buffer.allocUnsafe(length);
    let at = out.writeInt32LE(length, 0);
    for (const part of parts) at += part.copy(out, at);
    out[at] = 0;
    return decode(out);
  };
}
