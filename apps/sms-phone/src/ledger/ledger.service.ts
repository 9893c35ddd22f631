import { randomBytes, randomUUID } from 'node:crypto';
import { digestOf } from '@portico/auth';
import { AppError } from '@portico/envelope';
import { isDuplicateKey, type Page, type PageRequest, type WithTransaction } from '@portico/mongo';
import type { ClientSession } from 'mongoose';
import type { UserStore } from '../users/users.store.ts';
import type { LedgerStore } from './ledger.store.ts';
import type { MoneyQueue } from './money-queue.ts';
import type { Move, Posting } from './moves.ts';

export interface LedgerServiceOptions {
  store: LedgerStore;
  users: Pick<UserStore, 'findByName'>;
  queue: MoneyQueue;
  withTransaction: WithTransaction;
}

type User = Move['user'];

/** Money that comes in, and the ledger that tells of all of it. */
export function createLedgerService({ store, users, queue, withTransaction }: LedgerServiceOptions) {
  /** Adds money to the balance of a user, on the terms that `moveIn` checks and writes in the same transaction. */
  async function credit(user: User, moveIn: (session: ClientSession) => Promise<Move>): Promise<void> {
    await store.openWallet(user._id);
    await queue.run(() =>
      withTransaction(async (session) => {
        await store.post([await moveIn(session)], session);
      }),
    );
  }

  return {
    money: (userId: number) => store.money(userId),

    /** A user credits themselves: open in development alone. */
    async recharge(user: User, amount: number): Promise<void> {
      const move: Move = { type: 'recharge', transaction: `recharge:${randomUUID()}`, user, amount };
      await credit(user, () => Promise.resolve(move));
    },

    /** @throws AppError `rule_violation` for a code that is none or has been redeemed */
    async redeem(user: User, code: string): Promise<void> {
      const id = digestOf(code.trim().toUpperCase());
      await credit(user, async (session) => {
        const voucher = await store.takeVoucher(id, user._id, session);
        if (!voucher)
          throw new AppError('rule_violation', { message: '充值券无效或已使用', field: 'voucher' });
        return { type: 'voucher', transaction: `voucher:${id}`, user, amount: voucher.amount };
      });
    },

    /** Makes vouchers; the answer is the only time that the codes are shown. */
    async makeVouchers(amount: number, count: number, operator: string): Promise<string[]> {
      const codes = Array.from({ length: count }, newCode);
      const members = { amount, createdAt: new Date(), createdBy: operator };
      await store.addVouchers(codes.map((code) => ({ _id: digestOf(code), ...members })));
      return codes;
    },

    /** @param key names the grant, so that a request that is repeated counts once */
    async grant(username: string, amount: number, reason: string, key: string | undefined) {
      const user = await users.findByName(username);
      if (!user) throw new AppError('not_found', { message: '用户不存在' });
      const named = key !== undefined && { key: `grant:${user._id}:${digestOf(key)}` };
      const transaction = `grant:${randomUUID()}`;
      const move: Move = { type: 'grant', transaction, user, amount, reason, ...named };
      try {
        await credit(user, () => Promise.resolve(move));
      } catch (error) {
        if (!(named && isDuplicateKey(error))) throw error;
      }
      return user;
    },

    statement: (userId: number, request: PageRequest) => store.page(userId, request),

    async list(username: string | undefined, request: PageRequest): Promise<Page<Posting>> {
      const user = username === undefined ? undefined : await users.findByName(username);
      return user === null ? { items: [], total: 0 } : store.page(user?._id, request);
    },
  };
}

export type LedgerService = ReturnType<typeof createLedgerService>;

/** 80 random bits in letters and digits that are not taken for each other. */
function newCode(): string {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
  const text = [...randomBytes(16)].map((byte) => letters.charAt(byte % letters.length)).join('');
  return (text.match(/.{4}/g) ?? []).join('-');
}
