import { AppError } from '@portico/envelope';
import type { Page, PageRequest } from '@portico/mongo';
import type { RequestContext } from '@portico/service';
import type { OperatorFilter } from '../fields.ts';
import type { Markdown } from '../markdown/markdown.ts';
import { anyObject, missing, newestFirst, ownObject, searchFilter } from '../objects.ts';
import type { Caller } from '../users/access.ts';
import { ownerByEmail } from '../users/owner.ts';
import type { UserStore } from '../users/users.store.ts';
import type { ContractModel, ContractRecord, SigningEvent } from './contracts.model.ts';
import { sha256Of } from './sha256.ts';

export interface ContractServiceOptions {
  model: ContractModel;
  users: UserStore;
  markdown: Markdown;
}

const notFound = '合同不存在';
/** Texts that are replaced while somebody signs are met by reading again. */
const maxTries = 5;

/** Contracts and their signatures (document 003, section 4). */
export function createContractService({ model, users, markdown }: ContractServiceOptions) {
  const change = (condition: object, update: object) =>
    model
      .findOneAndUpdate({ deletedAt: null, ...condition }, update, { returnDocument: 'after' })
      .lean<ContractRecord>()
      .exec();

  const textOf = async (contentMarkdown: string) => ({
    contentMarkdown,
    contentHtml: await markdown.render('content_markdown', contentMarkdown),
    sha256: sha256Of(contentMarkdown),
  });

  const owned = (caller: Caller, id: string, foreign: string) =>
    ownObject(model, id, { ownerId: caller.id }, { missing: notFound, foreign });

  return {
    listOwn: (caller: Caller, page: PageRequest): Promise<Page<ContractRecord>> =>
      newestFirst(model, { ownerId: caller.id }, page),

    get: (caller: Caller, id: string) => owned(caller, id, '无权访问此合同'),

    /** Every call leaves evidence, of the very text that was there; operators may do it for any contract. */
    async sign(
      caller: Caller,
      id: string,
      isSigned: boolean,
      context: RequestContext,
    ): Promise<ContractRecord> {
      for (let tries = 0; tries < maxTries; tries += 1) {
        const contract =
          caller.role === 'admin'
            ? await anyObject(model, id, notFound)
            : await owned(caller, id, '无权更新此合同的签署状态');
        const at = new Date();
        const event: SigningEvent = {
          isSigned,
          userId: caller.id,
          email: caller.email,
          ip: context.clientIp,
          userAgent: context.userAgent,
          sha256: contract.sha256,
          at,
        };
        const signed = await change(
          { _id: id, sha256: contract.sha256 },
          { $set: { isSigned, updatedAt: at }, $push: { events: event } },
        );
        if (signed) return signed;
      }
      throw new AppError('conflict', { message: '合同正在被修改,请重试' });
    },

    list(filter: OperatorFilter & { owner_email?: string | undefined }, page: PageRequest) {
      const conditions = {
        ...(filter.owner_email && { ownerEmail: filter.owner_email }),
        ...searchFilter(filter, ['title', 'ownerEmail', 'contentMarkdown']),
      };
      return newestFirst(model, conditions, page);
    },

    async create(ownerEmail: string, title: string, contentMarkdown: string): Promise<ContractRecord> {
      const owner = await ownerByEmail(users, ownerEmail);
      const text = await textOf(contentMarkdown);
      const created = await model.create({ ...owner, title, ...text, createdAt: new Date() });
      return created.toObject<ContractRecord>();
    },

    /** @throws AppError `rule_violation` while it is signed: what was signed stays as it is */
    async update(
      id: string,
      { title, contentMarkdown }: { title?: string; contentMarkdown?: string },
    ): Promise<ContractRecord> {
      await anyObject(model, id, notFound);
      const set = {
        ...(title !== undefined && { title }),
        ...(contentMarkdown !== undefined && (await textOf(contentMarkdown))),
        updatedAt: new Date(),
      };
      const updated = await change({ _id: id, isSigned: false }, { $set: set });
      if (!updated) throw new AppError('rule_violation', { message: '合同已签署,不能修改' });
      return updated;
    },

    /** Hides it; the evidence stays. */
    async remove(id: string): Promise<void> {
      await anyObject(model, id, notFound);
      const removed = await change({ _id: id, isSigned: false }, { $set: { deletedAt: new Date() } });
      if (!removed) throw new AppError('rule_violation', { message: '合同已签署,不能删除' });
    },

    async events(id: string, { skip, limit }: PageRequest): Promise<Page<SigningEvent>> {
      await anyObject(model, id, notFound);
      const contract = await model.findById(id).select('events').lean<ContractRecord>().exec();
      if (!contract) throw missing(notFound);
      const events = contract.events.toReversed();
      return { items: events.slice(skip, skip + limit), total: events.length };
    },
  };
}

export type ContractService = ReturnType<typeof createContractService>;
