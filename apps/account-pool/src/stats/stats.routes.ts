import { defineRoute, type Access, type Route } from '@portico/service';
import { z } from 'zod';
import { success } from '../answers.ts';
import type { Relay } from '../audit/relay.ts';
import type { Caller } from '../keys/access.ts';
import type { Counted, CountStore } from './counts.store.ts';

export interface StatsRoutesOptions {
  counts: CountStore;
  relay: Pick<Relay, 'settle'>;
  access: Access<Caller>;
}

const summary = z.record(z.string(), z.int());

const statsOutput = success(
  z.object({
    totalAccounts: z.int(),
    platformSummary: summary,
    ownerSummary: summary,
    statusSummary: summary,
    detailedBreakdown: z.array(
      z.object({ platform: z.string(), ownerId: z.string(), status: z.string(), count: z.int() }),
    ),
  }),
);

/** The statistics (document 001, section 8). They are kept, not counted: their cost does not grow with the pool. */
export function statsRoutes({ counts, relay, access }: StatsRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/web/v1/stats/overview',
      summary: 'How many accounts there are, by platform, owner and status',
      tag: 'Web',
      access,
      output: statsOutput,
      errors: ['unauthenticated', 'permission_denied'],
      async handle({ caller }) {
        await relay.settle();
        const { ownerId } = caller;
        return { data: overview(await counts.list({ ...(ownerId !== undefined && { ownerId }) })) };
      },
    }),
  ];
}

function overview(counted: readonly Counted[]) {
  const sumBy = (name: 'platform' | 'ownerId' | 'status') => {
    const sums = new Map<string, number>();
    for (const row of counted) sums.set(row[name], (sums.get(row[name]) ?? 0) + row.count);
    return Object.fromEntries(sums);
  };
  return {
    totalAccounts: counted.reduce((sum, { count }) => sum + count, 0),
    platformSummary: sumBy('platform'),
    ownerSummary: sumBy('ownerId'),
    statusSummary: sumBy('status'),
    detailedBreakdown: counted.map(({ platform, ownerId, status, count }) => ({
      platform,
      ownerId,
      status,
      count,
    })),
  };
}
