import { AppError } from '@portico/envelope';
import { isDuplicateKey } from '@portico/mongo';
import type { AccountPlace, AccountStore, Group } from './accounts.store.ts';
import { newOperation, type Action, type Actor } from './events.ts';
import { groupByPlace } from './groups.ts';

/** What operators do to many accounts at once, and whose accounts they may touch. */
export interface BatchRequest {
  ids: readonly number[];
  /** The one owner whose accounts may be touched; others are as good as unknown. */
  ownerId: string | undefined;
  actor: Actor;
}

export interface AccountPayload {
  status?: string | undefined;
  ownerId?: string | undefined;
  notes?: string | null | undefined;
}

export interface AccountServiceOptions {
  store: AccountStore;
  /** There are changes for the audit trail, perhaps accounts that became available. */
  onChange: () => void;
}

/** Accounts looked up in one query. */
const chunkSize = 1000;
/** What others change meanwhile is met by reading again. */
const maxTries = 10;

/** The batch operations of document 001, sections 5 to 7. Ids that are unknown are ignored, and counts are real. */
export function createAccountService({ store, onChange }: AccountServiceOptions) {
  /** Changes those of some accounts that exist, reading again what was changed between reading and writing. */
  async function changeAll(
    { ids, ownerId }: Pick<BatchRequest, 'ids' | 'ownerId'>,
    write: (group: Group, operation: string) => Promise<number>,
  ): Promise<number> {
    let done = 0;
    for (let start = 0; start < ids.length; start += chunkSize) {
      const chunk = ids.slice(start, start + chunkSize);
      const operations = new Set<string>();
      for (let tries = 0; tries < maxTries; tries += 1) {
        const found = await store.places(chunk, ownerId);
        const open = found.filter(({ lastOperation }) => !operations.has(lastOperation));
        if (open.length === 0) break;
        const operation = newOperation();
        operations.add(operation);
        let changed = 0;
        for (const group of groupByPlace(open)) changed += await write(group, operation);
        done += changed;
        if (changed === open.length) break;
      }
    }
    if (done > 0) onChange();
    return done;
  }

  const changeStatus = (request: BatchRequest, payload: AccountPayload, action: Action) =>
    changeAll(request, (group, operation) =>
      store.change(group, {
        action,
        actor: request.actor,
        operation,
        at: new Date(),
        to: { ownerId: payload.ownerId ?? group.ownerId, status: payload.status ?? group.status },
        ...(payload.notes !== undefined && { set: { notes: payload.notes || null } }),
      }),
    );

  /** @throws AppError `conflict` when two accounts would have the same owner, platform and custom id */
  async function assertNoCollision(moving: readonly AccountPlace[], to: string): Promise<void> {
    const seen = new Set<string>();
    for (const [platform, accounts] of Map.groupBy(moving, (account) => account.platform)) {
      for (const { customId } of accounts) {
        const key = JSON.stringify([platform, customId]);
        if (seen.has(key)) throw collision(to, platform, customId);
        seen.add(key);
      }
      const ids = new Set(accounts.map(({ _id }) => _id));
      const there = await store
        .collection()
        .find({ ownerId: to, platform, customId: { $in: accounts.map(({ customId }) => customId) } })
        .project<{ _id: number; customId: string }>({ customId: 1 })
        .toArray();
      const other = there.find(({ _id }) => !ids.has(_id));
      if (other) throw collision(to, platform, other.customId);
    }
  }

  async function placesOf({ ids, ownerId }: BatchRequest): Promise<AccountPlace[]> {
    const found: AccountPlace[] = [];
    for (let start = 0; start < ids.length; start += chunkSize)
      found.push(...(await store.places(ids.slice(start, start + chunkSize), ownerId)));
    return found;
  }

  /** Takes back a change of owner that met an account of the same name on its way (contract: nothing written). */
  async function undoMove(before: readonly AccountPlace[], to: string, actor: Actor): Promise<void> {
    const former = new Map(before.map((account) => [account._id, account]));
    const moved = (await placesOf({ ids: [...former.keys()], ownerId: to, actor })).filter(
      ({ _id }) => former.get(_id)?.ownerId !== to,
    );
    for (const { ownerId, status, ids } of groupByPlace(moved.flatMap(({ _id }) => former.get(_id) ?? []))) {
      await changeAll({ ids, ownerId: to }, (group, operation) =>
        store.change(group, { action: 'update', actor, operation, at: new Date(), to: { ownerId, status } }),
      );
    }
  }

  return {
    remove: (request: BatchRequest): Promise<number> =>
      changeAll(request, (group, operation) => store.remove(group, request.actor, operation, new Date())),

    /** @throws AppError `conflict` where the new owner has such an account; nothing is written then */
    async update(request: BatchRequest, payload: AccountPayload): Promise<number> {
      const { ownerId } = payload;
      if (ownerId === undefined) return changeStatus(request, payload, 'update');
      const before = await placesOf(request);
      await assertNoCollision(before, ownerId);
      try {
        return await changeStatus(request, payload, 'update');
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        // Somebody made an account of that name for the new owner just now.
        await undoMove(before, ownerId, request.actor);
        throw new AppError('conflict', {
          message: 'The new owner has an account of this name already.',
          cause: error,
        });
      }
    },

    /** Sets accounts `exported`; answers how many. */
    markExported: (request: BatchRequest): Promise<number> =>
      changeStatus(request, { status: 'exported' }, 'export'),
  };
}

export type AccountService = ReturnType<typeof createAccountService>;

const collision = (ownerId: string, platform: string, customId: string) =>
  new AppError('conflict', {
    message: `Owner '${ownerId}' would have the account '${customId}' on platform '${platform}' twice.`,
  });
