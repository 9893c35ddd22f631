import { defineRoute, type Route } from '@portico/service';
import { noOutput, renderPage } from '../answers.ts';
import type { UserAccess } from '../users/access.ts';
import type { TicketRecord } from './tickets.model.ts';
import {
  commentBody,
  newTicketBody,
  operatorTicketsQuery,
  replyBody,
  ticketOutput,
  ticketParams,
  ticketsOutput,
  ticketsQuery,
  updateTicketBody,
} from './tickets.schemas.ts';
import type { TicketService } from './tickets.service.ts';

export interface TicketRoutesOptions {
  service: TicketService;
  access: UserAccess;
}

const tag = '工单';

export function ticketRoutes({ service, access }: TicketRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/tickets',
      summary: '创建工单',
      tag,
      access: access.users,
      body: newTicketBody,
      status: 201,
      output: ticketOutput,
      errors: ['unauthenticated', 'invalid_params'],
      async handle({ caller, body: { ticket_type: type, title, content }, context }) {
        return renderTicket(await service.create(caller, { type, title, content }, context.requestId));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/tickets',
      summary: '我的工单列表',
      tag,
      access: access.users,
      query: ticketsQuery,
      output: ticketsOutput,
      errors: ['unauthenticated', 'invalid_params'],
      handle: async ({ caller, query }) =>
        renderPage(await service.list(caller, query.status_filter, query), renderTicket),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/tickets/:ticket_id',
      summary: '工单详情',
      tag,
      access: access.users,
      params: ticketParams,
      output: ticketOutput,
      errors: ['unauthenticated', 'permission_denied', 'not_found'],
      handle: async ({ caller, params }) => renderTicket(await service.get(caller, params.ticket_id)),
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/tickets/:ticket_id',
      summary: '更新待回复的工单',
      tag,
      access: access.users,
      params: ticketParams,
      body: updateTicketBody,
      output: ticketOutput,
      errors: ['unauthenticated', 'permission_denied', 'not_found', 'rule_violation', 'invalid_params'],
      async handle({ caller, params, body }) {
        const text = {
          ...(body.title !== undefined && { title: body.title }),
          ...(body.content !== undefined && { content: body.content }),
        };
        return renderTicket(await service.update(caller, params.ticket_id, text));
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/tickets/:ticket_id',
      summary: '删除工单',
      tag,
      access: access.users,
      params: ticketParams,
      status: 204,
      output: noOutput,
      errors: ['unauthenticated', 'permission_denied', 'not_found'],
      handle: ({ caller, params }) => service.remove(caller, params.ticket_id),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/tickets/:ticket_id/comments',
      summary: '追加评论, 已回复的工单重新变为待回复',
      tag,
      access: access.users,
      params: ticketParams,
      body: commentBody,
      status: 201,
      output: ticketOutput,
      errors: ['unauthenticated', 'permission_denied', 'not_found', 'invalid_params'],
      handle: async ({ caller, params, body }) =>
        renderTicket(await service.comment(caller, params.ticket_id, body.content)),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/admin/tickets',
      summary: '全部工单',
      tag: '管理',
      access: access.operators,
      query: operatorTicketsQuery,
      output: ticketsOutput,
      errors: ['invalid_params'],
      handle: async ({ query }) => renderPage(await service.listAll(query, query), renderTicket),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/admin/tickets/:ticket_id',
      summary: '工单详情',
      tag: '管理',
      access: access.operators,
      params: ticketParams,
      output: ticketOutput,
      errors: ['not_found'],
      handle: async ({ params }) => renderTicket(await service.find(params.ticket_id)),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/tickets/:ticket_id/reply',
      summary: '回复工单, 并邮件通知创建者',
      tag: '管理',
      access: access.operators,
      params: ticketParams,
      body: replyBody,
      output: ticketOutput,
      errors: ['not_found', 'invalid_params'],
      handle: async ({ caller, params, body, context }) =>
        renderTicket(await service.reply(caller, params.ticket_id, body.feedback, context.requestId)),
    }),
  ];
}

const renderTicket = (ticket: TicketRecord) => ({
  id: String(ticket._id),
  title: ticket.title,
  ticket_type: ticket.type,
  content: ticket.content,
  status: ticket.status,
  feedback: ticket.feedback,
  creator_email: ticket.creatorEmail,
  responder_email: ticket.responderEmail,
  comments: ticket.comments.map(({ author, by, content, at }) => ({
    author_email: author,
    author_role: by,
    content,
    created_at: at,
  })),
  created_at: ticket.createdAt,
  updated_at: ticket.updatedAt,
  replied_at: ticket.repliedAt,
});
