import { z } from 'zod';
import { pageOf, timeText } from '../answers.ts';
import {
  givenPassword,
  httpUrlField,
  newPassword,
  notEmpty,
  pageQuery,
  lineOrNull,
  typedOrNull,
} from '../fields.ts';
import { roles } from './users.model.ts';

export const userOutput = z.object({
  id: z.string(),
  email: z.string(),
  role: z.enum(roles),
  is_active: z.boolean(),
  created_at: timeText,
  updated_at: timeText.nullable(),
  full_name: z.string().nullable(),
  phone_number: z.string().nullable(),
  avatar_url: z.string().nullable(),
  bio: z.string().nullable(),
});

export const usersOutput = pageOf(userOutput);

export const profileBody = z.object({
  full_name: lineOrNull(64).optional(),
  phone_number: lineOrNull(32).optional(),
  avatar_url: z
    .union([z.literal('').transform(() => null), httpUrlField])
    .nullable()
    .optional(),
  bio: typedOrNull(256).optional(),
});

export const changePasswordBody = z.object({ old_password: givenPassword, new_password: newPassword });

export const userParams = z.object({ id: z.string() });

export const usersQuery = z.object({ email: z.string().trim().max(254).optional(), ...pageQuery() });

export const administerBody = z
  .object({ is_active: z.boolean().optional(), role: z.enum(roles).optional() })
  .refine(notEmpty, '未提供任何需要更新的字段');
