import { fieldName, wholeNumberField } from '@portico/service';
import { z } from 'zod';

/** Names that scripts give: kept as they are, but nothing that no screen can show. */
const name = (max: number) =>
  z.string().regex(new RegExp(`^[^\\p{C}]{1,${max}}$`, 'u'), {
    error: ({ path }) =>
      `${fieldName(path)}: must be 1 to ${max} characters, none of them a control character`,
  });

export const platformField = name(100);
export const customIdField = name(200);

/** An owner. `*` is no owner: it is what keys of all owners are bound to. */
export const ownerField = name(100).refine((owner) => owner !== '*', 'ownerId: must not be *');

/** A status (contract: update). */
export const statusField = z.string().regex(/^[\p{L}\p{N}_-]{1,32}$/u, {
  error: ({ path }) => `${fieldName(path)}: must be 1 to 32 letters, digits, _ or -`,
});

export const notesField = z.string().trim().max(500);

export const accountIdField = (name: string) =>
  wholeNumberField(1, Number.MAX_SAFE_INTEGER, `${name}: must be a positive whole number`);

export const maxIds = 10_000;

/** The accounts that a request of the web is about. */
export const idsField = z
  .array(z.int().min(1))
  .min(1)
  .max(maxIds)
  .transform((ids) => [...new Set(ids)]);
