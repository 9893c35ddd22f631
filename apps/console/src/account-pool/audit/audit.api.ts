import { queryOptions } from '@tanstack/react-query';
import { api, read } from '../../api/client.ts';
import { accountPoolPage, fromAccountPool } from '../../api/paging.ts';
import type { ListState } from '../../kit/list-state.ts';

export interface AuditFilters {
  account?: string | undefined;
  owner?: string | undefined;
}

interface AuditRequest {
  accountId?: string;
  ownerId?: string;
  page: number;
  pageSize: number;
}

const key = ['account-pool', 'audit'] as const;

const request = async (query: AuditRequest) =>
  fromAccountPool(await read(api.GET('/account-pool/api/admin/audit', { params: { query } })));

export const auditQuery = ({ page, size, filters: { account, owner } }: ListState<AuditFilters>) =>
  queryOptions({
    queryKey: [...key, 'list', { page, size, account, owner }],
    queryFn: () =>
      request({
        ...accountPoolPage({ page, size }),
        ...(account !== undefined && { accountId: account }),
        ...(owner !== undefined && { ownerId: owner }),
      }),
  });

/** The newest lines about one account. */
export const accountTrailQuery = (account: number) =>
  queryOptions({
    queryKey: [...key, 'account', account],
    queryFn: () => request({ accountId: String(account), page: 1, pageSize: 50 }),
  });

export type AuditLine = Awaited<ReturnType<typeof request>>['rows'][number];
