import { queryOptions } from '@tanstack/react-query';
import { api, read } from '../../api/client.ts';
import { accountPoolPage, fromAccountPool } from '../../api/paging.ts';
import type { ListState } from '../../kit/list-state.ts';

export const keysKey = ['account-pool', 'keys'] as const;
export const scopes = ['acquire', 'update', 'upload', 'list', 'export', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export const keysQuery = (list: ListState<object>) =>
  queryOptions({
    queryKey: [...keysKey, list.page, list.size],
    queryFn: async () =>
      fromAccountPool(
        await read(api.GET('/account-pool/api/admin/keys', { params: { query: accountPoolPage(list) } })),
      ),
  });

export const makeKey = (ownerId: string, granted: Scope[], expiresAt: string | null) =>
  read(api.POST('/account-pool/api/admin/keys', { body: { ownerId, scopes: granted, expiresAt } }));

export const revokeKey = (id: number) =>
  read(api.DELETE('/account-pool/api/admin/keys/{id}', { params: { path: { id: String(id) } } }));
