import { call } from '../call.ts';

/** What document 001 answers to everything. */
interface ApiResponse<Data> {
  code: number;
  message: string;
  data: Data;
}

export interface Acquired {
  id: number;
  customId: string;
  data: string;
  leaseToken: number;
}

export interface Uploaded {
  processedCount: number;
  createdCount: number;
  updatedCount: number;
}

export interface Stats {
  totalAccounts: number;
  ownerSummary: Record<string, number>;
  statusSummary: Record<string, number>;
}

/** The requests of document 001 that the demonstration makes, as a script would. */
export function createPool(url: string) {
  const script = (ownerId: string) => `${url}/s/v1/${encodeURIComponent(ownerId)}`;
  return {
    upload: (ownerId: string, rows: readonly object[]) =>
      success<Uploaded>(call(`${script(ownerId)}/upload`, { body: rows })),

    /** None where no account is free. */
    async acquire(ownerId: string, platform: string, count: number): Promise<Acquired[]> {
      const path = `acquire?platform=${encodeURIComponent(platform)}&count=${count}`;
      const { body } = await call<ApiResponse<Acquired[]>>(`${script(ownerId)}/${path}`);
      if (body.code === 1001) return [];
      return success(Promise.resolve({ body }));
    },

    /** Answers the code: 0, or 3001 where the lease is not the current one. */
    async update(ownerId: string, id: number, status: string, notes: string, leaseToken: number) {
      const query = new URLSearchParams({ notes, leaseToken: String(leaseToken) }).toString();
      const address = `${script(ownerId)}/update/${id}/${encodeURIComponent(status)}?${query}`;
      return (await call<ApiResponse<unknown>>(address)).body.code;
    },

    async release(ownerId: string, id: number, leaseToken: number) {
      const { body } = await call<ApiResponse<unknown>>(`${script(ownerId)}/release/${id}`, {
        body: { leaseToken },
      });
      return body.code;
    },

    list: (filters: object, pageSize: number) =>
      success<{
        list: { id: number; customId: string; notes: string | null }[];
        pagination: { total: number };
      }>(
        call(`${url}/web/v1/accounts/list`, {
          body: { filters, pagination: { page: 1, pageSize }, sort: { field: 'updatedAt', order: 'desc' } },
        }),
      ),

    stats: () => success<Stats>(call(`${url}/web/v1/stats/overview`)),
  };
}

export type Pool = ReturnType<typeof createPool>;

async function success<Data>(answer: Promise<{ body: unknown }>): Promise<Data> {
  const { code, message, data } = (await answer).body as ApiResponse<Data>;
  if (code !== 0) throw new Error(`account-pool answered ${code}: ${message}`);
  return data;
}
