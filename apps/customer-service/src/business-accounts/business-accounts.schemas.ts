import { z } from 'zod';
import { pageOf, timeText } from '../answers.ts';
import {
  emailField,
  notEmpty,
  operatorQuery,
  pageQuery,
  line,
  lineOrNull,
  typed,
  typedOrNull,
} from '../fields.ts';
import { accountStatuses, type CompanyProfile } from './business-accounts.model.ts';

const profile = {
  company_name: lineOrNull(128).optional(),
  tax_number: lineOrNull(64).optional(),
  certification_info: typedOrNull(512).optional(),
  communication_address: typedOrNull(256).optional(),
  contact_person_name: lineOrNull(64).optional(),
  contact_phone: lineOrNull(32).optional(),
};

export const applyBody = z
  .object(profile)
  .nullish()
  .transform((body) => body ?? {});

export const profileBody = z.object(profile).refine(notEmpty, '未提供任何需要更新的字段');

/** The members that a body gives, by their names inside. */
export function profileOf(body: z.output<typeof applyBody>): Partial<CompanyProfile> {
  const members = {
    companyName: body.company_name,
    taxNumber: body.tax_number,
    certificationInfo: body.certification_info,
    communicationAddress: body.communication_address,
    contactPersonName: body.contact_person_name,
    contactPhone: body.contact_phone,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

export const accountParams = z.object({ account_id: z.string() });

export const approveBody = z.object({ assigned_email: emailField, user_code: line(64) });

export const reasonBody = z.object({ reason: typed(2000) });

export const accountsQuery = z.object({
  ...pageQuery(),
  ...operatorQuery,
  status: z.enum(accountStatuses).optional(),
});

const text = z.string().nullable();

export const accountOutput = z.object({
  id: z.string(),
  owner_email: z.string(),
  status: z.enum(accountStatuses),
  assigned_email: text,
  user_code: text,
  company_name: text,
  tax_number: text,
  certification_info: text,
  communication_address: text,
  contact_person_name: text,
  contact_phone: text,
  reason: text,
  is_rejected: z.boolean(),
  created_at: timeText,
  updated_at: timeText.nullable(),
});

export const accountsOutput = pageOf(accountOutput);
