import type { AccountModel, AccountRecord } from './accounts.model.ts';
import type { AccountEvent, Action, Actor, Place } from './events.ts';

/** The accounts that one conditional write is about: all in the same place, so that the counts come out right. */
export interface Group extends Place {
  platform: string;
  ids: number[];
}

/** A change of accounts, without what is the same for all changes. */
export interface Change {
  action: Action;
  actor: Actor;
  operation: string;
  at: Date;
  to: Place;
  /** Further conditions. */
  where?: object;
  set?: Partial<AccountRecord>;
  unset?: (keyof AccountRecord)[];
  /** The lease that this is about, for the audit trail. */
  lease?: Pick<AccountEvent, 'leaseToken' | 'expiresAt'>;
}

/**
 * The queries about accounts: through the driver's collection, because thousands of rows are written at a time and casting
 * each costs more than writing it. What comes in has been validated at the edge; no filter takes an object from a client.
 */
export function createAccountStore(model: AccountModel) {
  const accounts = () => model.db.collection<AccountRecord>(model.collection.name);

  return {
    collection: accounts,

    /** Changes the accounts of a group that are still where the group says; answers how many it did. */
    async change(group: Group, change: Change): Promise<number> {
      const { filter, update } = changeStatement(group, change);
      const { modifiedCount } = await accounts().updateMany(filter, update);
      return modifiedCount;
    },

    /** Several changes in one round trip; answers how many accounts were changed by all of them. */
    async changeAll(changes: readonly { group: Group; change: Change }[]): Promise<number> {
      const { modifiedCount } = await accounts().bulkWrite(
        changes.map(({ group, change }) => ({ updateMany: changeStatement(group, change) })),
        { ordered: false },
      );
      return modifiedCount;
    },

    /** Makes tombstones of the accounts of a group that are still where the group says. */
    async remove(group: Group, actor: Actor, operation: string, at: Date): Promise<number> {
      const event = eventOf(group, { action: 'delete', actor, operation, at, to: null });
      const { modifiedCount } = await accounts().updateMany(inPlace(group), {
        $set: { deleted: true, lastOperation: operation },
        $unset: membersOf(ownMembers),
        $min: { pendingSince: at },
        $push: { events: event },
      });
      return modifiedCount;
    },

    /** Those of these accounts that exist and, where an owner is given, belong to it. */
    places: (ids: readonly number[], ownerId?: string) =>
      accounts()
        .find({
          _id: { $in: [...ids] },
          deleted: { $exists: false },
          ...(ownerId !== undefined && { ownerId }),
        })
        .project<AccountPlace>({ ownerId: 1, platform: 1, customId: 1, status: 1, lastOperation: 1 })
        .toArray(),

    /** One account of an owner, with what its changes depend on. */
    find: (id: number, ownerId: string) =>
      accounts().findOne({ _id: id, ownerId }, { projection: { data: 0, events: 0 } }),
  };
}

/** The members that a tombstone has not. */
const ownMembers = [
  'ownerId',
  'platform',
  'customId',
  'data',
  'status',
  'notes',
  'lockedAt',
  'createdAt',
  'updatedAt',
  'lastUsedAt',
  'leaseExpiresAt',
] as const satisfies (keyof AccountRecord)[];

const membersOf = (names: readonly (keyof AccountRecord)[]): Record<string, 1> =>
  Object.fromEntries(names.map((name) => [name, 1 as const]));

export type AccountPlace = Pick<
  AccountRecord,
  '_id' | 'ownerId' | 'platform' | 'customId' | 'status' | 'lastOperation'
>;

const inPlace = ({ ids, ownerId, platform, status }: Group) => ({
  _id: ids.length === 1 && ids[0] !== undefined ? ids[0] : { $in: ids },
  ownerId,
  platform,
  status,
});

function eventOf(
  { ownerId, platform, status }: Group,
  change: Pick<Change, 'action' | 'actor' | 'operation' | 'at' | 'lease'> & { to: Place | null },
): AccountEvent {
  const { actor, operation, action, at, to, lease } = change;
  return {
    operation,
    action,
    at,
    platform,
    from: { ownerId, status },
    to,
    ...actor,
    ...lease,
  };
}

/**
 * One conditional write for a group. Leaving `locked` ends the lease; becoming `available` sends it to the end of the
 * queue (contract: update, order).
 */
export function changeStatement(group: Group, change: Change) {
  const { to, at, operation } = change;
  const leaves = group.status === 'locked' && to.status !== 'locked';
  const enters = group.status !== 'locked' && to.status === 'locked';
  const unset = [...(change.unset ?? []), ...(leaves ? (['leaseExpiresAt'] as const) : [])];
  return {
    filter: { ...inPlace(group), ...change.where },
    update: {
      $set: {
        ownerId: to.ownerId,
        status: to.status,
        updatedAt: at,
        lastOperation: operation,
        ...(leaves && { lockedAt: null }),
        ...(enters && { lockedAt: at }),
        ...(to.status === 'available' && group.status !== 'available' && { lastUsedAt: at }),
        ...change.set,
      },
      ...(unset.length > 0 && { $unset: membersOf(unset) }),
      $min: { pendingSince: at },
      $push: { events: eventOf(group, change) },
    },
  };
}

export type AccountStore = ReturnType<typeof createAccountStore>;
