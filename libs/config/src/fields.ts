import { z } from 'zod';

/**
 * What `npm run config` and the production check know of a variable beyond its schema.
 */
export interface FieldMeta {
  description: string;
  /** Never printed. */
  secret?: boolean;
  /** Production refuses to start without it (contract: rules, 4). */
  requiredInProduction?: boolean;
}

/** An integer within bounds. An empty string is a mistake, not zero. */
export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .trim()
    .regex(/^-?\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.int().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));
}

/** A share of a whole: from 0 to 1. */
export function share() {
  return z
    .string()
    .trim()
    .regex(/^(0|1|0?\.\d+|[01]\.0*)$/, 'must be a number from 0 to 1, as 0.1')
    .transform(Number);
}

/** A TCP port; 0 lets the system pick a free one. */
export const port = () => wholeNumber(0, 65_535);

/** Milliseconds, up to 30 days. */
export const duration = () => wholeNumber(0, 30 * 24 * 3_600_000);

/** `true`/`false`, `1`/`0`, `yes`/`no`, `on`/`off`: `z.coerce.boolean()` would read "false" as true. */
export const boolean = () => z.stringbool({ error: 'must be true or false' });

/** Any text that is not blank. */
export const text = () => z.string().trim().min(1, 'must not be empty');

/** One of a fixed set of words. */
export function oneOf<const T extends readonly [string, ...string[]]>(...words: T) {
  return z.enum(words, { error: `must be one of ${words.join(', ')}` });
}

/** A secret: at least `minLength` characters, never printed, and without a default. */
export function secret(minLength = 16) {
  return z.string().min(minLength, `must have at least ${minLength} characters`);
}

/** An `http:` or `https:` address without a trailing slash. */
export function httpUrl() {
  return z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
    .transform((url) => url.replace(/\/+$/, ''));
}

/** `a, b, c` as a list; an empty string is an empty list. */
export function commaList() {
  return z.string().transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
}

/** Marks an optional variable that production cannot do without. */
export function requiredInProduction<T extends z.ZodType>(
  schema: T,
  meta: Omit<FieldMeta, 'requiredInProduction'>,
) {
  return schema.optional().meta({ ...meta, requiredInProduction: true });
}
