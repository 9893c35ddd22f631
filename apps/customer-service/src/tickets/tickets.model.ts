import { addOutbox, type WithOutbox } from '@portico/outbox';
import { Schema, type Connection, type Model, type Types } from 'mongoose';

export const ticketTypes = ['financial', 'technical', 'business'] as const;
export const ticketStatuses = ['pending', 'replied'] as const;

/** What customer and operators say on a ticket, beside the one `feedback` of the document. */
export interface TicketComment {
  author: string;
  by: 'customer' | 'operator';
  content: string;
  at: Date;
}

/** Document 003, Ticket. */
export interface TicketRecord extends WithOutbox {
  _id: Types.ObjectId;
  ownerId: string;
  creatorEmail: string;
  title: string;
  type: (typeof ticketTypes)[number];
  content: string;
  status: (typeof ticketStatuses)[number];
  feedback: string | null;
  responderEmail: string | null;
  comments: TicketComment[];
  createdAt: Date;
  updatedAt: Date | null;
  repliedAt: Date | null;
  deletedAt: Date | null;
}

const comment = new Schema<TicketComment>(
  { author: String, by: String, content: String, at: Date },
  { _id: false },
);
const schema = new Schema<TicketRecord>(
  {
    ownerId: { type: String, required: true },
    creatorEmail: { type: String, required: true },
    title: { type: String, required: true },
    type: { type: String, required: true },
    content: { type: String, required: true },
    status: { type: String, default: 'pending' },
    feedback: { type: String, default: null },
    responderEmail: { type: String, default: null },
    comments: { type: [comment], default: [] },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, default: null },
    repliedAt: { type: Date, default: null },
    deletedAt: { type: Date, default: null },
  },
  { versionKey: false },
);
addOutbox(schema);
// The tickets of a customer, of one status too.
schema.index({ ownerId: 1, status: 1, _id: -1 });
schema.index({ ownerId: 1, _id: -1 });
// The tickets that wait for an operator.
schema.index({ status: 1, _id: -1 });
// Those of a creator, as operators look them up.
schema.index({ creatorEmail: 1, _id: -1 });

export type TicketModel = Model<TicketRecord>;

export const ticketModel = (connection: Connection): TicketModel =>
  connection.model<TicketRecord>('Ticket', schema, 'tickets');
