import type { Query } from 'mongoose';
import { describe, expect, it } from 'vitest';

/** A query by name, and how many documents it may look at. */
export type ExplainedQuery = [name: string, query: () => Query<unknown, never>, most: number];

interface Explained {
  executionStats: { nReturned: number; totalDocsExamined: number };
}

/** Tests that each query finds by an index what it answers. */
export function testIndexUse(queries: readonly ExplainedQuery[]): void {
  describe('looks at no more than it answers:', () => {
    it.each(queries)('%s', async (_name, query, most) => {
      const { executionStats } = (await query().explain('executionStats')) as Explained;
      expect(executionStats.totalDocsExamined).toBeLessThanOrEqual(most);
      expect(executionStats.nReturned).toBeLessThanOrEqual(most);
    });
  });
}
