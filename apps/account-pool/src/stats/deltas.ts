import type { AccountEvent, Place } from '../accounts/events.ts';
import type { BatchRecord } from './counts.model.ts';

export type Delta = NonNullable<BatchRecord['current']>['deltas'][number];

/** The name of a count. */
export const countId = (ownerId: string, platform: string, status: string): string =>
  JSON.stringify([ownerId, platform, status]);

/** What changes add to the counts and take from them, without what cancels out. */
export function deltasOf(events: Iterable<Pick<AccountEvent, 'platform' | 'from' | 'to'>>): Delta[] {
  const deltas = new Map<string, Delta>();
  const add = (place: Place | null, platform: string, amount: number) => {
    if (!place) return;
    const { ownerId, status } = place;
    const _id = countId(ownerId, platform, status);
    const delta = deltas.get(_id) ?? { _id, ownerId, platform, status, count: 0 };
    delta.count += amount;
    deltas.set(_id, delta);
  };
  for (const { platform, from, to } of events) {
    add(from, platform, -1);
    add(to, platform, 1);
  }
  return [...deltas.values()].filter(({ count }) => count !== 0);
}
