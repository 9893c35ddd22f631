import type { DeviceStore, PushTarget } from '../devices/devices.store.ts';
import type { UserStore } from '../users/users.store.ts';
import { pushScope, type PushRecord, type PushWork } from './pushes.model.ts';

/** Devices of one page; more would make its document large (README of @portico/outbox). */
export const pageSize = 100;

export interface TargetPage {
  targets: PushTarget[];
  /** The cursor behind this page. */
  next: number;
  isLast: boolean;
}

export interface PushTargetsOptions {
  devices: DeviceStore;
  users: UserStore;
}

type Found = PushTarget & { switch: boolean };

/** The devices that a push has to reach, page by page: switched on, and of users who may come in. */
export function createPushTargets({ devices, users }: PushTargetsOptions) {
  /** All devices by id. */
  async function ofEverybody({ cursor, upTo }: PushWork): Promise<{ found: Found[]; next: number }> {
    const found = await devices.after(cursor, upTo, pageSize);
    return { found, next: found.length < pageSize ? upTo : (found.at(-1)?._id ?? upTo) };
  }

  /** As many of the next users as have a page of devices together, at least one. */
  async function ofUsers(audience: readonly number[], { cursor, upTo }: PushWork) {
    const next = audience.slice(cursor, cursor + pageSize);
    const byUser = Map.groupBy(await devices.ofUsers(next, upTo), ({ userId }) => userId);
    const found: Found[] = [];
    let taken = 0;
    for (const userId of next) {
      const own = byUser.get(userId) ?? [];
      if (taken > 0 && found.length + own.length > pageSize) break;
      found.push(...own);
      taken += 1;
    }
    return { found, next: cursor + taken };
  }

  return {
    async next({ scope, audience }: PushRecord, work: PushWork): Promise<TargetPage> {
      const toAll = scope === pushScope.all;
      const { found, next } = toAll ? await ofEverybody(work) : await ofUsers(audience, work);
      const on = found.filter((device) => device.switch);
      const active = await users.activeAmong(new Set(on.map(({ userId }) => userId)));
      return {
        targets: on.filter(({ userId }) => active.has(userId)),
        next,
        isLast: next >= (toAll ? work.upTo : audience.length),
      };
    },
  };
}

export type PushTargets = ReturnType<typeof createPushTargets>;
