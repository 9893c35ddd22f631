import { lineField, linesField, wholeNumberField } from '@portico/service';
import { z } from 'zod';

/** A whole number that names something: in a path, a query or a body. */
export const idField = (name: string) => wholeNumberField(1, Number.MAX_SAFE_INTEGER, `${name} 必须是正整数`);

/** A title, a name, an address. */
export const line = (max: number) => lineField(0, max);

/** What a person typed on one or several lines. */
export const typed = (max: number) => linesField(0, max);

/** The same where something must be there. */
export const lineRequired = (max: number) => lineField(1, max);
export const typedRequired = (max: number) => linesField(1, max);

/** `true`, `"true"`, `1` and their opposites (contract: app-support, switch). */
export const flexibleBoolean = (name: string) =>
  z
    .union([z.boolean(), z.enum(['true', 'false', '1', '0']), z.literal([0, 1])], {
      error: `${name} 必须是布尔值`,
    })
    .transform((value) => value === true || value === 'true' || value === '1' || value === 1);

const maxIds = 1000;

/**
 * A list of ids in any of the forms that clients use: a JSON array, `[1,2,3]` or `1,2,3` as text, or a parameter
 * that is repeated (contract: app-support, push_ids).
 */
export const idListField = (name: string) => {
  const message = `${name} 必须是整数列表, 如 [1,2,3]`;
  const tooMany = `${name} 最多 ${maxIds} 个`;
  return z
    .union([z.string(), z.int(), z.array(z.union([z.string(), z.int()])).max(100 * maxIds)], {
      error: message,
    })
    .transform((given) => (Array.isArray(given) ? given : [given]).flatMap(idTexts))
    .pipe(
      z
        .array(z.string().regex(/^\d{1,15}$/, message))
        .max(maxIds, tooMany)
        .transform((ids) => [...new Set(ids.map(Number))]),
    );
};

function idTexts(given: string | number): string[] {
  const inner = String(given)
    .trim()
    .replace(/^\[(.*)\]$/s, '$1')
    .trim();
  return inner === '' ? [] : inner.split(',').map((id) => id.trim());
}
