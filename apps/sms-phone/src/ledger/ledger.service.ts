import { randomBytes, randomUUID } from 'node:crypto';
import { digestOf } from '@portico/auth';
import { AppError } from '@portico/envelope';
import type { Page, PageRequest } from '@portico/mongo';
import mongoose from 'mongoose';
import type { UserStore } from '../users/users.store.ts';
import type { AccountStore } from './accounts.store.ts';
import type { Posting } from './entries.ts';
import type { PostingModel } from './postings.model.ts';
import type { Relay } from './relay.ts';
import type { VoucherModel, VoucherRecord } from './vouchers.model.ts';

export interface LedgerServiceOptions {
  accounts: AccountStore;
  postings: PostingModel;
  vouchers: VoucherModel;
  users: UserStore;
  relay: Pick<Relay, 'settle'>;
}

const { trusted } = mongoose;
/** A redemption that is older was cut off. */
const cutOffMs = 2000;
const countMs = 5000;

/** Money that comes in, and the ledger that tells of all of it (contract: money). */
export function createLedgerService({ accounts, postings, vouchers, users, relay }: LedgerServiceOptions) {
  /** Credits a redeemed voucher, once, however often this is done. */
  async function finishVoucher({ _id, userId, amount }: VoucherRecord): Promise<void> {
    if (userId === null) return;
    const name = `voucher:${_id}`;
    const user = await users.find(userId);
    if (user) await accounts.credit(user, { type: 'voucher', amount, transaction: name }, name);
    await vouchers.updateOne({ _id }, { $unset: { unsettledSince: 1 } }).exec();
  }

  async function page(filter: object, { skip, limit }: PageRequest): Promise<Page<Posting>> {
    await relay.settle();
    const [items, total] = await Promise.all([
      postings.find(filter).sort({ _id: -1 }).skip(skip).limit(limit).lean<Posting[]>().exec(),
      postings.countDocuments(filter).maxTimeMS(countMs).exec(),
    ]);
    return { items, total };
  }

  return {
    money: (userId: number) => accounts.money(userId),

    /** A user credits himself: open in development alone. */
    async recharge(user: { _id: number; username: string }, amount: number): Promise<void> {
      await accounts.credit(user, { type: 'recharge', amount, transaction: `recharge:${randomUUID()}` });
    },

    /** @throws AppError `rule_violation` for a code that is none or has been redeemed */
    async redeem(userId: number, code: string): Promise<void> {
      const _id = digestOf(code.trim().toUpperCase());
      const now = new Date();
      const voucher = await vouchers
        .findOneAndUpdate(
          { _id, userId: null },
          { $set: { userId, redeemedAt: now, unsettledSince: now } },
          { returnDocument: 'after' },
        )
        .lean<VoucherRecord>()
        .exec();
      if (!voucher) throw new AppError('rule_violation', { message: '充值券无效或已使用', field: 'voucher' });
      await finishVoucher(voucher);
    },

    /** Makes vouchers; the answer is the only time that anybody sees the codes. */
    async makeVouchers(amount: number, count: number, operator: string): Promise<string[]> {
      const codes = Array.from({ length: count }, newCode);
      const createdAt = new Date();
      await vouchers.insertMany(
        codes.map((code) => ({ _id: digestOf(code), amount, createdAt, createdBy: operator })),
      );
      return codes;
    },

    /** @param key names the grant, so that a request that is repeated counts once */
    async grant(username: string, amount: number, reason: string, key: string | undefined) {
      const user = await users.findByName(username);
      if (!user) throw new AppError('not_found', { message: '用户不存在' });
      const name = `grant:${key === undefined ? randomUUID() : `${user._id}:${digestOf(key)}`}`;
      await accounts.credit(user, { type: 'grant', amount, reason, transaction: name }, name);
      return user;
    },

    statement: (userId: number, request: PageRequest) => page({ userId }, request),

    async list(username: string | undefined, request: PageRequest): Promise<Page<Posting>> {
      // Engines that sort by an index only within a range of it do so here too.
      if (username === undefined) return page({ _id: trusted({ $gt: '' }) }, request);
      const user = await users.findByName(username);
      return user ? page({ userId: user._id }, request) : { items: [], total: 0 };
    },

    /** Credits vouchers whose redemption was cut off. */
    async recover(): Promise<void> {
      const cutOff = await vouchers
        .find({ unsettledSince: trusted({ $lt: new Date(Date.now() - cutOffMs) }) })
        .limit(100)
        .lean<VoucherRecord[]>()
        .exec();
      for (const voucher of cutOff) await finishVoucher(voucher);
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
