import { momentField } from '@portico/service';
import { z } from 'zod';
import { pageOf, success, timeText } from '../answers.ts';
import { accountIdField, ownerField } from '../fields.ts';
import { everyOwner, scopes } from './scopes.ts';

export const keyParams = z.object({ id: accountIdField('id') });

export const keyBody = z.object({
  ownerId: z.union([z.literal(everyOwner), ownerField]),
  scopes: z
    .array(z.enum(scopes))
    .min(1)
    .transform((given) => [...new Set(given)]),
  expiresAt: momentField()
    .refine((time) => time.getTime() > Date.now(), 'expiresAt: must be in the future')
    .nullish()
    .transform((time) => time ?? null),
});

const key = {
  id: z.int(),
  ownerId: z.string(),
  scopes: z.array(z.enum(scopes)),
  hint: z.string(),
  createdAt: timeText,
  expiresAt: timeText.nullable(),
  revokedAt: timeText.nullable(),
  lastUsedAt: timeText.nullable(),
};

export const keysOutput = pageOf(z.object(key));
export const newKeyOutput = success(z.object({ ...key, key: z.string() }));
export const keyOutput = success(z.object({ revokedId: z.int() }));
