import { z } from 'zod';
import { success } from '../answers.ts';
import { customIdField, platformField, statusField } from '../fields.ts';

const maxDataBytes = 64 * 1024;

const row = z.object({
  platform: platformField,
  customId: customIdField,
  data: z.string().refine((data) => Buffer.byteLength(data) <= maxDataBytes, {
    error: ({ path }) => `[${String(path?.[0])}].data: must be at most ${maxDataBytes} bytes`,
  }),
  status: statusField.nullish().transform((status) => status ?? undefined),
});

export type UploadRow = z.output<typeof row>;

export const maxRows = 10_000;

export const uploadBody = z.array(row).min(1).max(maxRows);

export const uploadOutput = success(
  z.object({
    processedCount: z.int(),
    createdCount: z.int(),
    updatedCount: z.int(),
    skipped: z.array(
      z.object({
        id: z.int(),
        platform: z.string(),
        customId: z.string(),
        status: z.string(),
        reason: z.literal('leased'),
      }),
    ),
  }),
);
