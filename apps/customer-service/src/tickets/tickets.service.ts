import { AppError } from '@portico/envelope';
import type { Page, PageRequest } from '@portico/mongo';
import type { Outbox } from '@portico/outbox';
import mongoose from 'mongoose';
import type { OperatorFilter } from '../fields.ts';
import { anyObject, newestFirst, ownObject, searchFilter } from '../objects.ts';
import type { Caller } from '../users/access.ts';
import type { TicketModel, TicketRecord } from './tickets.model.ts';

export interface TicketServiceOptions {
  model: TicketModel;
  outbox: Outbox;
  /** Operators who are told of new tickets. */
  operatorEmails: readonly string[];
}

const { trusted } = mongoose;
const missing = '工单不存在';
/** What fits a document and a screen. */
const maxComments = 500;

/** Tickets (document 003, section 2). Deleting one hides it (contract: ticket). */
export function createTicketService({ model, outbox, operatorEmails }: TicketServiceOptions) {
  const own = (caller: Caller, id: string, foreign: string) =>
    ownObject(model, id, { ownerId: caller.id }, { missing, foreign });

  /** Changes a ticket on condition; undefined where the condition did not hold. */
  const change = (id: string, condition: object, update: object) =>
    model
      .findOneAndUpdate({ _id: id, deletedAt: null, ...condition }, update, { returnDocument: 'after' })
      .lean<TicketRecord>()
      .exec();

  return {
    async create(
      caller: Caller,
      ticket: Pick<TicketRecord, 'title' | 'type' | 'content'>,
      requestId: string,
    ): Promise<TicketRecord> {
      const created = new model({
        ...ticket,
        ownerId: caller.id,
        creatorEmail: caller.email,
        createdAt: new Date(),
      });
      const entries = operatorEmails.map((to) =>
        outbox.pending({
          channel: 'email',
          to,
          template: 'ticket-received',
          locale: 'zh',
          data: {
            ticketId: String(created._id),
            title: ticket.title,
            creatorEmail: caller.email,
            content: ticket.content,
          },
          requestId,
        }),
      );
      created.set('outbox', entries);
      await created.save();
      outbox.relay(model, created._id, entries);
      return created.toObject<TicketRecord>();
    },

    list: (
      caller: Caller,
      status: TicketRecord['status'] | undefined,
      page: PageRequest,
    ): Promise<Page<TicketRecord>> =>
      newestFirst(model, { ownerId: caller.id, ...(status && { status }) }, page),

    get: (caller: Caller, id: string) => own(caller, id, '无权访问此工单'),

    async update(
      caller: Caller,
      id: string,
      text: { title?: string; content?: string },
    ): Promise<TicketRecord> {
      await own(caller, id, '无权更新此工单');
      const condition = { ownerId: caller.id, status: 'pending' };
      const updated = await change(id, condition, { $set: { ...text, updatedAt: new Date() } });
      if (!updated) throw new AppError('rule_violation', { message: '工单已被回复,不能再更新' });
      return updated;
    },

    async remove(caller: Caller, id: string): Promise<void> {
      await own(caller, id, '无权删除此工单');
      await change(id, { ownerId: caller.id }, { $set: { deletedAt: new Date() } });
    },

    /** What a customer adds to a ticket that was replied to wants another reply. */
    async comment(caller: Caller, id: string, content: string): Promise<TicketRecord> {
      await own(caller, id, '无权更新此工单');
      const at = new Date();
      const comment = { author: caller.email, by: 'customer', content, at };
      const commented = await change(
        id,
        { ownerId: caller.id, [`comments.${maxComments - 1}`]: trusted({ $exists: false }) },
        { $push: { comments: comment }, $set: { status: 'pending', updatedAt: at } },
      );
      if (!commented) throw new AppError('rule_violation', { message: `工单的评论已达 ${maxComments} 条` });
      return commented;
    },

    listAll(
      filter: OperatorFilter & { status_filter?: string | undefined; creator_email?: string | undefined },
      page: PageRequest,
    ): Promise<Page<TicketRecord>> {
      const conditions = {
        ...(filter.status_filter && { status: filter.status_filter }),
        ...(filter.creator_email && { creatorEmail: filter.creator_email }),
        ...searchFilter(filter, ['title', 'content', 'creatorEmail']),
      };
      return newestFirst(model, conditions, page);
    },

    find: (id: string) => anyObject(model, id, missing),

    /** Answers a ticket and tells its creator, in one write. */
    async reply(operator: Caller, id: string, feedback: string, requestId: string): Promise<TicketRecord> {
      const ticket = await anyObject(model, id, missing);
      const entry = outbox.pending({
        channel: 'email',
        to: ticket.creatorEmail,
        template: 'ticket-replied',
        locale: 'zh',
        data: { ticketId: id, title: ticket.title, reply: feedback },
        requestId,
      });
      const at = new Date();
      const replied = await change(
        id,
        {},
        {
          $set: { status: 'replied', feedback, responderEmail: operator.email, repliedAt: at, updatedAt: at },
          $push: {
            comments: {
              $each: [{ author: operator.email, by: 'operator', content: feedback, at }],
              $slice: -maxComments,
            },
            outbox: entry,
          },
        },
      );
      if (!replied) throw new AppError('not_found', { message: missing });
      outbox.relay(model, replied._id, [entry]);
      return replied;
    },
  };
}

export type TicketService = ReturnType<typeof createTicketService>;
