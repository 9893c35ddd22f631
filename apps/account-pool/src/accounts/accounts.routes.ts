import { AppError } from '@portico/envelope';
import { pageNumber } from '@portico/mongo';
import { alreadySent, defineRoute, type Route } from '@portico/service';
import { countOf, renderPage } from '../answers.ts';
import type { Caller, KeyAccess } from '../keys/access.ts';
import { readInOrder, writeExport } from './accounts.export.ts';
import type { AccountList } from './accounts.list.ts';
import { renderAccount } from './accounts.render.ts';
import {
  deleteBody,
  deleteOutput,
  exportBody,
  exportOutput,
  idsBytes,
  listBody,
  listOutput,
  updateBody,
  updateOutput,
} from './accounts.schemas.ts';
import type { AccountService } from './accounts.service.ts';
import type { AccountStore } from './accounts.store.ts';

export interface AccountRoutesOptions {
  service: AccountService;
  store: AccountStore;
  list: AccountList;
  access: Pick<KeyAccess, 'web'>;
}

const tag = 'Web';

/** What the web does with accounts (document 001, sections 4 to 7). */
export function accountRoutes({ service, store, list, access }: AccountRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/web/v1/accounts/list',
      summary: 'List accounts: filters, pages, order',
      tag,
      access: access.web('list'),
      body: listBody,
      output: listOutput,
      errors: ['invalid_params', 'timeout', 'unauthenticated', 'permission_denied'],
      async handle({ body: { filters, pagination, sort }, caller }) {
        const numbers = pagination ?? { page: 1, pageSize: 10 };
        const accounts = await list({
          platform: filters?.platform,
          status: filters?.status?.length ? filters.status : undefined,
          search: filters?.search,
          ownerId: ownerFor(caller, filters?.ownerId),
          sort: sort ?? { field: 'id', order: 'desc' },
          page: pageNumber(numbers.page, numbers.pageSize),
        });
        return renderPage(accounts, numbers, renderAccount);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/web/v1/accounts/delete-batch',
      summary: 'Delete accounts',
      tag,
      access: access.web('update'),
      body: deleteBody,
      bodyLimit: idsBytes,
      output: deleteOutput,
      errors: ['invalid_params', 'unauthenticated', 'permission_denied'],
      async handle({ body, caller, context }) {
        const request = { ids: body.ids, ownerId: caller.ownerId, actor: caller.actor(context) };
        const deletedCount = await service.remove(request);
        return { message: `Successfully deleted ${countOf(deletedCount)}.`, data: { deletedCount } };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/web/v1/accounts/update-batch',
      summary: 'Change status, owner or notes of accounts',
      tag,
      access: access.web('update'),
      body: updateBody,
      bodyLimit: idsBytes,
      output: updateOutput,
      errors: ['invalid_params', 'conflict', 'unauthenticated', 'permission_denied'],
      async handle({ body, caller, context }) {
        ownerFor(caller, body.payload.ownerId);
        const request = { ids: body.ids, ownerId: caller.ownerId, actor: caller.actor(context) };
        const updatedCount = await service.update(request, body.payload);
        return { message: `Successfully updated ${countOf(updatedCount)}.`, data: { updatedCount } };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/web/v1/accounts/export',
      summary: 'Export accounts as text, objects or CSV, and set them exported',
      tag,
      access: access.web('export'),
      body: exportBody,
      bodyLimit: idsBytes,
      output: exportOutput,
      errors: ['not_found', 'invalid_params', 'unauthenticated', 'permission_denied'],
      async handle({ body: { ids, mode }, caller, context }) {
        const { ownerId } = caller;
        const exportedCount = await service.markExported({ ids, ownerId, actor: caller.actor(context) });
        if (exportedCount === 0)
          throw new AppError('not_found', { message: 'None of these accounts exists.' });
        const message = `Successfully exported ${countOf(exportedCount)}.`;
        await writeExport(
          context.response,
          { message, exportedCount },
          mode,
          readInOrder(store, ids, ownerId),
        );
        return alreadySent;
      },
    }),
  ];
}

/** Whose accounts are meant. @throws AppError `permission_denied` where the caller has nothing to do with them */
function ownerFor(caller: Caller, wanted: string | undefined): string | undefined {
  if (caller.ownerId !== undefined && wanted !== undefined && wanted !== caller.ownerId) {
    throw new AppError('permission_denied', { status: 403 });
  }
  return caller.ownerId ?? wanted;
}
