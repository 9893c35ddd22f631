import type { Group } from './accounts.store.ts';

/** Puts accounts together that are counted in the same place: one conditional write changes all of a group. */
export function groupByPlace(
  accounts: Iterable<{ _id: number; ownerId: string; platform: string; status: string }>,
): Group[] {
  const groups = new Map<string, Group>();
  for (const { _id, ownerId, platform, status } of accounts) {
    const key = JSON.stringify([ownerId, platform, status]);
    const group = groups.get(key);
    if (group) group.ids.push(_id);
    else groups.set(key, { ownerId, platform, status, ids: [_id] });
  }
  return [...groups.values()];
}
