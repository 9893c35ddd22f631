import { wholeNumberField } from '@portico/service';
import { z } from 'zod';
import { success, timeText } from '../answers.ts';
import { accountIdField, notesField, ownerField, platformField, statusField } from '../fields.ts';

export const ownerParams = z.object({ ownerId: ownerField });

export const accountParams = ownerParams.extend({ accountId: accountIdField('accountId') });

export const updateParams = accountParams.extend({ newStatus: statusField });

const maxCount = 100;
const maxWait = 30;

export const idempotencyKeyField = z.string().regex(/^[\x21-\x7e]{1,200}$/, {
  error: 'Idempotency-Key: must be 1 to 200 visible ASCII characters',
});

export const acquireQuery = z.object({
  platform: platformField,
  count: wholeNumberField(1, maxCount, `count: must be a whole number from 1 to ${maxCount}`).default(1),
  requestId: idempotencyKeyField.optional(),
  wait: wholeNumberField(0, maxWait, `wait: must be a whole number of seconds from 0 to ${maxWait}`).default(
    0,
  ),
});

export const leaseTokenField = wholeNumberField(
  0,
  Number.MAX_SAFE_INTEGER,
  'leaseToken: must be a whole number',
);

/** Members that name a lease, in a query or a body. */
export const leaseQuery = z.object({ leaseToken: leaseTokenField.optional() });

export const leaseBody = leaseQuery.nullish().transform((body) => body ?? {});

export const updateQuery = leaseQuery.extend({ notes: notesField.optional() });

export const acquireOutput = success(
  z.array(
    z.object({
      id: z.int(),
      customId: z.string(),
      data: z.string(),
      leaseToken: z.int(),
      expiresAt: timeText.nullable(),
    }),
  ),
);

export const updateOutput = success(z.object({ updatedId: z.int() }));
export const renewOutput = success(z.object({ renewedId: z.int(), expiresAt: timeText.nullable() }));
export const releaseOutput = success(z.object({ releasedId: z.int() }));
