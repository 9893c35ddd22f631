import { AppError } from '@portico/envelope';
import { z } from 'zod';

const generic = { en: z.locales.en().localeError, zh: z.locales.zhCN().localeError };

/** A field as messages name it: `rows[3].customId`. */
export function fieldName(path: readonly PropertyKey[] = []): string {
  return path.reduce<string>(
    (name, key) =>
      typeof key === 'number' ? `${name}[${key}]` : name === '' ? String(key) : `${name}.${String(key)}`,
    '',
  );
}

/**
 * Validates one part of a request and answers the parsed value.
 *
 * The message names the field, unless the schema words the refusal itself, as where a document gives the text.
 *
 * @throws AppError `invalid_params`, with the first field at fault
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  locale: 'en' | 'zh',
): z.output<Schema> {
  const parsed = schema.safeParse(value, {
    error: (issue) => {
      const name = fieldName(issue.path);
      const message = generic[locale](issue);
      const text = typeof message === 'string' ? message : (message?.message ?? 'invalid');
      return name === '' ? text : `${name}: ${text}`;
    },
  });
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw new AppError('invalid_params', {
    field: fieldName(first?.path),
    message: inRow(first?.path ?? [], first?.message ?? 'invalid', locale),
  });
}

/** Names the row of a list at fault, by its index and as people count; a schema that words its refusal knows neither. */
function inRow(path: readonly PropertyKey[], message: string, locale: 'en' | 'zh'): string {
  const index = path.find((key) => typeof key === 'number');
  if (index === undefined) return message;
  const name = fieldName(path);
  const named = message.startsWith(`${name}: `) ? message : `${name}: ${message}`;
  return locale === 'zh' ? `${named}（第 ${index + 1} 行）` : `${named} (row ${index + 1})`;
}

/**
 * Stores end a pattern at a zero character, and no name, id or search has one.
 *
 * @throws AppError `invalid_params`, with the field that has one
 */
export function assertNoZero(members: object): void {
  for (const [field, value] of Object.entries(members))
    for (const text of Array.isArray(value) ? value : [value])
      if (typeof text === 'string' && text.includes('\0'))
        throw new AppError('invalid_params', { field, message: `${field}: U+0000` });
}

/** Levels of nesting accepted in a body: deep documents cost time and stack wherever they are walked. */
const maxDepth = 32;

/**
 * @throws AppError `invalid_params` when a parsed body nests deeper than 32 levels, or a text in it has half a character: a
 * lone surrogate, which no encoding can store
 */
export function assertShallow(body: unknown): void {
  let level: unknown[] = [body];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth)
      throw new AppError('invalid_params', { message: `body: nested deeper than ${maxDepth} levels` });
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === 'string') assertWellFormed(value);
      if (typeof value !== 'object' || value === null) continue;
      for (const [key, child] of Object.entries(value)) {
        if (!Array.isArray(value)) assertWellFormed(key);
        if (typeof child === 'string') assertWellFormed(child);
        else if (typeof child === 'object' && child !== null) next.push(child);
      }
    }
    level = next;
  }
}

function assertWellFormed(text: string): void {
  if (!text.isWellFormed())
    throw new AppError('bad_request', { message: 'body: must be well-formed Unicode' });
}

/**
 * A whole number that may come as text (query, path) or as a JSON number (POST twin).
 *
 * @param message wording of every refusal, naming the field
 */
export function wholeNumberField(min: number, max: number, message: string) {
  return z
    .union([z.int({ error: message }), z.string().regex(/^[+-]?\d{1,16}$/, message)], { error: message })
    .transform(Number)
    .pipe(z.int({ error: message }).min(min, message).max(max, message));
}
