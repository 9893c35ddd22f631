import { AppError } from '@portico/envelope';
import { isDuplicateKey, type Page, type PageRequest } from '@portico/mongo';
import type { Outbox } from '@portico/outbox';
import mongoose from 'mongoose';
import type { OperatorFilter } from '../fields.ts';
import { anyObject, missing, newestFirst, ownObject, searchFilter } from '../objects.ts';
import type { Caller } from '../users/access.ts';
import type {
  BusinessAccountModel,
  BusinessAccountRecord,
  CompanyProfile,
} from './business-accounts.model.ts';

const { trusted } = mongoose;
type Status = BusinessAccountRecord['status'];
type Pending = ReturnType<Outbox['pending']>;

const notFound = '业务账号不存在';

/** Business accounts, from application to approval (document 003, section 3). */
export function createBusinessAccountService({
  model,
  outbox,
}: {
  model: BusinessAccountModel;
  outbox: Outbox;
}) {
  const already = () => new AppError('rule_violation', { message: '已存在申请或已激活账号' });

  const change = (condition: object, update: object) =>
    model
      .findOneAndUpdate({ deletedAt: null, ...condition }, update, { returnDocument: 'after' })
      .lean<BusinessAccountRecord>()
      .exec();

  /** An operator's decision, and the mail that tells of it, in one write. */
  async function decide(
    id: string,
    from: readonly Status[],
    set: Partial<BusinessAccountRecord>,
    tell: (account: BusinessAccountRecord) => Pending,
    refusal: string,
  ): Promise<BusinessAccountRecord> {
    const account = await anyObject(model, id, notFound);
    const entry = tell(account);
    const decided = await change(
      { _id: id, status: trusted({ $in: [...from] }) },
      { $set: { ...set, updatedAt: new Date() }, $push: { outbox: entry } },
    );
    if (!decided) throw new AppError('rule_violation', { message: refusal });
    outbox.relay(model, decided._id, [entry]);
    return decided;
  }

  const mail = (account: BusinessAccountRecord, requestId: string) => ({
    channel: 'email' as const,
    to: account.ownerEmail,
    locale: 'zh' as const,
    requestId,
  });
  /** A line of a mail has 200 characters. */
  const nameOf = (account: BusinessAccountRecord) =>
    (account.companyName ?? account.ownerEmail).slice(0, 200);

  return {
    async mine(caller: Caller): Promise<BusinessAccountRecord> {
      const account = await model
        .findOne({ ownerId: caller.id, deletedAt: null })
        .lean<BusinessAccountRecord>()
        .exec();
      if (!account) throw missing(notFound);
      return account;
    },

    /** Whose application was rejected may apply again. */
    async apply(caller: Caller, profile: Partial<CompanyProfile>): Promise<BusinessAccountRecord> {
      const again = await change(
        { ownerId: caller.id, status: 'disabled', isRejected: true },
        { $set: { ...profile, status: 'pending', isRejected: false, reason: null, updatedAt: new Date() } },
      );
      if (again) return again;
      try {
        const created = await model.create({
          ...profile,
          ownerId: caller.id,
          ownerEmail: caller.email,
          createdAt: new Date(),
        });
        return created.toObject<BusinessAccountRecord>();
      } catch (error) {
        if (isDuplicateKey(error)) throw already();
        throw error;
      }
    },

    async update(caller: Caller, profile: Partial<CompanyProfile>): Promise<BusinessAccountRecord> {
      const updated = await change(
        { ownerId: caller.id, status: trusted({ $ne: 'disabled' }) },
        { $set: { ...profile, updatedAt: new Date() } },
      );
      if (updated) return updated;
      if (!(await model.exists({ ownerId: caller.id, deletedAt: null }))) throw missing(notFound);
      throw new AppError('permission_denied', { message: '业务账号已被禁用' });
    },

    get: (caller: Caller, id: string) =>
      ownObject(model, id, { ownerId: caller.id }, { missing: notFound, foreign: '无权访问此业务账号' }),

    list(
      filter: OperatorFilter & { status?: Status | undefined },
      page: PageRequest,
    ): Promise<Page<BusinessAccountRecord>> {
      const conditions = {
        ...(filter.status && { status: filter.status }),
        ...searchFilter(filter, ['ownerEmail', 'companyName', 'taxNumber', 'contactPersonName', 'userCode']),
      };
      return newestFirst(model, conditions, page);
    },

    /** @throws AppError `conflict` when another account has the code */
    async approve(id: string, assignedEmail: string, userCode: string, requestId: string) {
      try {
        return await decide(
          id,
          ['pending', 'disabled'],
          { status: 'active', assignedEmail, userCode, reason: null, isRejected: false },
          (account) =>
            outbox.pending({
              ...mail(account, requestId),
              template: 'business-account-approved',
              data: { companyName: nameOf(account), assignedEmail, userCode },
            }),
          '业务账号已激活',
        );
      } catch (error) {
        if (isDuplicateKey(error)) throw new AppError('conflict', { message: '用户识别码已被使用' });
        throw error;
      }
    },

    reject: (id: string, reason: string, requestId: string) =>
      decide(
        id,
        ['pending'],
        { status: 'disabled', isRejected: true, reason },
        (account) =>
          outbox.pending({
            ...mail(account, requestId),
            template: 'business-account-rejected',
            data: { companyName: nameOf(account), reason },
          }),
        '业务账号不是待审核状态',
      ),

    disable: (id: string, reason: string, requestId: string) =>
      decide(
        id,
        ['active'],
        { status: 'disabled', isRejected: false, reason },
        (account) =>
          outbox.pending({
            ...mail(account, requestId),
            template: 'business-account-disabled',
            data: { companyName: nameOf(account), reason },
          }),
        '业务账号不是已激活状态',
      ),
  };
}

export type BusinessAccountService = ReturnType<typeof createBusinessAccountService>;
