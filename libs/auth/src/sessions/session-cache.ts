import type { SessionRecord } from './sessions.model.ts';

export interface SessionCache {
  get(id: string): SessionRecord | undefined;
  set(record: SessionRecord): void;
  forget(id: string): void;
  forgetUser(userId: string): void;
}

const maxEntries = 10_000;

/** Sessions read lately, so that not every request asks the database. What has ended is believed for `maxAge`. */
export function createSessionCache(maxAge: number, now: () => number): SessionCache {
  const entries = new Map<string, { record: SessionRecord; readAt: number }>();
  return {
    get(id) {
      const entry = entries.get(id);
      if (entry && now() - entry.readAt < maxAge) return entry.record;
      entries.delete(id);
      return undefined;
    },
    set(record) {
      entries.set(record._id, { record, readAt: now() });
      // A Map keeps the order of insertion: the first is the one read longest ago.
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break;
        entries.delete(oldest);
      }
    },
    forget: (id) => void entries.delete(id),
    forgetUser(userId) {
      for (const [id, { record }] of entries) if (record.userId === userId) entries.delete(id);
    },
  };
}
