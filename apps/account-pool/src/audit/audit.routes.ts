import { defineRoute, type Access, type Route } from '@portico/service';
import { z } from 'zod';
import { pageOf, pageQuery, pageRequest, renderPage, timeText } from '../answers.ts';
import { accountIdField, ownerField } from '../fields.ts';
import type { Caller } from '../keys/access.ts';
import type { AuditRecord } from './audit.model.ts';
import type { AuditStore } from './audit.store.ts';
import type { Relay } from './relay.ts';

export interface AuditRoutesOptions {
  audit: AuditStore;
  relay: Pick<Relay, 'settle'>;
  access: Access<Caller>;
}

const auditQuery = z.object({
  accountId: accountIdField('accountId').optional(),
  ownerId: ownerField.optional(),
  ...pageQuery,
});

const place = z.object({ ownerId: z.string(), status: z.string() }).nullable();

const auditOutput = pageOf(
  z.object({
    id: z.string(),
    accountId: z.int(),
    ownerId: z.string(),
    platform: z.string(),
    action: z.string(),
    from: place,
    to: place,
    by: z.string(),
    ip: z.string().nullable(),
    requestId: z.string().nullable(),
    leaseToken: z.int().nullable(),
    at: timeText,
  }),
);

/** The audit trail, for operators (contract: history). */
export function auditRoutes({ audit, relay, access }: AuditRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/admin/audit',
      summary: 'What was done to accounts, newest first',
      tag: 'Administration',
      access,
      query: auditQuery,
      output: auditOutput,
      errors: ['invalid_params', 'unauthenticated', 'permission_denied'],
      async handle({ query }) {
        await relay.settle();
        const { accountId, ownerId } = query;
        const filter = {
          ...(accountId !== undefined && { accountId }),
          ...(ownerId !== undefined && { ownerId }),
        };
        return renderPage(await audit.list(filter, pageRequest(query)), query, renderLine);
      },
    }),
  ];
}

const renderLine = (line: AuditRecord) => ({
  id: line._id,
  accountId: line.accountId,
  ownerId: line.ownerId,
  platform: line.platform,
  action: line.action,
  from: line.from,
  to: line.to,
  by: line.by,
  ip: line.ip ?? null,
  requestId: line.requestId ?? null,
  leaseToken: line.leaseToken ?? null,
  at: line.at,
});
