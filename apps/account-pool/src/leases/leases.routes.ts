import { AppError } from '@portico/envelope';
import { defineRoute, validate, type RequestContext, type Route } from '@portico/service';
import type { z } from 'zod';
import { countOf } from '../answers.ts';
import type { OwnerAccess } from '../keys/access.ts';
import {
  accountParams,
  acquireOutput,
  acquireQuery,
  idempotencyKeyField,
  leaseBody,
  leaseQuery,
  leaseTokenField,
  ownerParams,
  releaseOutput,
  renewOutput,
  updateOutput,
  updateParams,
  updateQuery,
} from './leases.schemas.ts';
import type { LeaseService } from './leases.service.ts';

export interface LeaseRoutesOptions {
  service: LeaseService;
  access: OwnerAccess;
}

const tag = 'Scripts';

/** What scripts do with accounts (document 001, sections 1 and 2; contract: lease expiry). */
export function leaseRoutes({ service, access }: LeaseRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/s/v1/:ownerId/acquire',
      unsafeGet: true,
      summary: 'Lease up to `count` accounts of a platform',
      tag,
      access: access('acquire'),
      params: ownerParams,
      query: acquireQuery,
      output: acquireOutput,
      errors: ['not_found', 'invalid_params', 'conflict', 'unauthenticated', 'permission_denied'],
      async handle({ params, query, caller, context }) {
        const accounts = await service.acquire({
          ownerId: params.ownerId,
          platform: query.platform,
          count: query.count,
          waitSeconds: query.wait,
          idempotencyKey: header(context, 'idempotency-key', idempotencyKeyField) ?? query.requestId,
          actor: caller.actor(context),
          signal: context.signal,
        });
        return { message: `Successfully acquired ${countOf(accounts.length)}.`, data: accounts };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/s/v1/:ownerId/update/:accountId/:newStatus',
      unsafeGet: true,
      summary: 'Set the status of an account, and its notes',
      tag,
      access: access('update'),
      params: updateParams,
      query: updateQuery,
      output: updateOutput,
      errors: ['permission_denied', 'invalid_params', 'conflict', 'unauthenticated'],
      async handle({ params: { ownerId, accountId: id, newStatus }, query, caller, context }) {
        const leaseToken = leaseTokenOf(context, query);
        await service.update(
          { ownerId, id, leaseToken, actor: caller.actor(context) },
          newStatus,
          query.notes,
        );
        return { message: `Account status updated to '${newStatus}'.`, data: { updatedId: id } };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/s/v1/:ownerId/renew/:accountId',
      summary: 'Make a lease last as long as a new one',
      tag,
      access: access('acquire'),
      params: accountParams,
      query: leaseQuery,
      body: leaseBody,
      output: renewOutput,
      errors: ['permission_denied', 'invalid_params', 'conflict', 'unauthenticated'],
      async handle({ params: { ownerId, accountId: id }, query, body, caller, context }) {
        const leaseToken = leaseTokenOf(context, { ...query, ...body });
        const expiresAt = await service.renew({ ownerId, id, leaseToken, actor: caller.actor(context) });
        return { message: 'Lease renewed.', data: { renewedId: id, expiresAt } };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/s/v1/:ownerId/release/:accountId',
      summary: 'Give a leased account back',
      tag,
      access: access('acquire'),
      params: accountParams,
      query: leaseQuery,
      body: leaseBody,
      output: releaseOutput,
      errors: ['permission_denied', 'invalid_params', 'conflict', 'unauthenticated'],
      async handle({ params: { ownerId, accountId: id }, query, body, caller, context }) {
        const leaseToken = leaseTokenOf(context, { ...query, ...body });
        await service.release({ ownerId, id, leaseToken, actor: caller.actor(context) });
        return { message: 'Account released.', data: { releasedId: id } };
      },
    }),
  ];
}

/** A header that may stand for a member of the query. */
function header<Schema extends z.ZodType>(context: RequestContext, name: string, schema: Schema) {
  const given = context.request.headers[name];
  return given === undefined ? undefined : validate(schema, given, 'en');
}

/** The lease that a request names. Named twice and differently, neither can be meant. */
function leaseTokenOf(context: RequestContext, { leaseToken }: { leaseToken?: number | undefined }) {
  const inHeader = header(context, 'x-lease-token', leaseTokenField);
  if (inHeader !== undefined && leaseToken !== undefined && inHeader !== leaseToken) {
    throw new AppError('invalid_params', { message: 'leaseToken: differs from X-Lease-Token' });
  }
  return leaseToken ?? inHeader;
}
