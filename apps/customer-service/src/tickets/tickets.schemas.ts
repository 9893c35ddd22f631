import { z } from 'zod';
import { pageOf, timeText } from '../answers.ts';
import { emailField, line, longText, notEmpty, operatorQuery, pageQuery } from '../fields.ts';
import { ticketStatuses, ticketTypes } from './tickets.model.ts';

/** A mail carries it whole. */
const maxContent = 20_000;
const title = line(200);
const content = longText(maxContent);

export const ticketParams = z.object({ ticket_id: z.string() });

export const newTicketBody = z.object({ title, ticket_type: z.enum(ticketTypes), content });

export const updateTicketBody = z
  .object({ title: title.optional(), content: content.optional() })
  .refine(notEmpty, 'title、content: 至少提供一个字段');

export const commentBody = z.object({ content });

export const replyBody = z.object({ feedback: content });

const statusFilter = z.enum(ticketStatuses).optional();

export const ticketsQuery = z.object({ ...pageQuery(), status_filter: statusFilter });

export const operatorTicketsQuery = z.object({
  ...pageQuery(),
  ...operatorQuery,
  status_filter: statusFilter,
  creator_email: emailField.optional(),
});

const commentOutput = z.object({
  author_email: z.string(),
  author_role: z.enum(['customer', 'operator']),
  content: z.string(),
  created_at: timeText,
});

export const ticketOutput = z.object({
  id: z.string(),
  title: z.string(),
  ticket_type: z.enum(ticketTypes),
  content: z.string(),
  status: z.enum(ticketStatuses),
  feedback: z.string().nullable(),
  creator_email: z.string(),
  responder_email: z.string().nullable(),
  comments: z.array(commentOutput),
  created_at: timeText,
  updated_at: timeText.nullable(),
  replied_at: timeText.nullable(),
});

export const ticketsOutput = pageOf(ticketOutput);
