import { z } from 'zod';
import { maxPage, maxPageSize, pageOf, success, timeText } from '../answers.ts';
import { idsField, maxIds, notesField, ownerField, statusField } from '../fields.ts';

const maxSearch = 200;
const maxStatuses = 50;

/** A filter that a page leaves empty is no filter. */
const filterText = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .nullish()
    .transform((text) => (text ? text : undefined));

/** Document 001, 排序字段. */
export const sortFields = [
  'id',
  'ownerId',
  'platform',
  'customId',
  'data',
  'status',
  'notes',
  'lockedAt',
  'createdAt',
  'updatedAt',
] as const;

const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

export const listBody = z
  .object({
    filters: optional(
      z.object({
        platform: filterText(100),
        status: optional(z.array(z.string().max(32)).max(maxStatuses)),
        ownerId: filterText(100),
        search: filterText(maxSearch),
      }),
    ),
    pagination: optional(
      z.object({
        page: z.int().min(1).max(maxPage).default(1),
        pageSize: z.int().min(1).max(maxPageSize).default(10),
      }),
    ),
    sort: optional(
      z.object({ field: z.enum(sortFields).default('id'), order: z.enum(['asc', 'desc']).default('desc') }),
    ),
  })
  .nullish()
  .transform((body) => body ?? { filters: undefined, pagination: undefined, sort: undefined });

export const deleteBody = z.object({ ids: idsField });

export const updateBody = z.object({
  ids: idsField,
  payload: z
    .object({
      status: statusField.optional(),
      ownerId: ownerField.optional(),
      notes: notesField.nullable().optional(),
    })
    .refine((payload) => Object.values(payload).some((value) => value !== undefined), {
      error: 'payload: must have status, ownerId or notes',
    }),
});

export const exportBody = z.object({ ids: idsField, mode: z.enum(['text', 'object', 'csv']) });

const account = z.object({
  id: z.int(),
  ownerId: z.string(),
  platform: z.string(),
  customId: z.string(),
  data: z.string(),
  status: z.string(),
  notes: z.string().nullable(),
  lockedAt: timeText.nullable(),
  createdAt: timeText,
  updatedAt: timeText,
  leaseExpiresAt: timeText.nullable(),
});

export const listOutput = pageOf(account);
export const deleteOutput = success(z.object({ deletedCount: z.int() }));
export const updateOutput = success(z.object({ updatedCount: z.int() }));
export const exportOutput = success(
  z.object({ exportedCount: z.int(), data: z.union([z.string(), z.array(account)]) }),
);

/** 10,000 ids of up to 16 digits each. */
export const idsBytes = maxIds * 18 + 10_000;
