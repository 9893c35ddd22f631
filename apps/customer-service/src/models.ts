import type { Connection } from 'mongoose';
import { codeMailModel } from './auth/code-mails.model.ts';
import { businessAccountModel } from './business-accounts/business-accounts.model.ts';
import { contactModel } from './contacts/contacts.model.ts';
import { contractModel } from './contracts/contracts.model.ts';
import { fileModel } from './files/files.model.ts';
import { linkModel, taskModel } from './projects/items.model.ts';
import { projectModel } from './projects/projects.model.ts';
import { ticketModel } from './tickets/tickets.model.ts';
import { userModel } from './users/users.model.ts';

/** Everything this service stores, registered before the connection opens, so that its indexes are built. */
export const registerModels = (connection: Connection) => ({
  user: userModel(connection),
  codeMail: codeMailModel(connection),
  ticket: ticketModel(connection),
  contact: contactModel(connection),
  businessAccount: businessAccountModel(connection),
  contract: contractModel(connection),
  project: projectModel(connection),
  link: linkModel(connection),
  task: taskModel(connection),
  file: fileModel(connection),
});

export type Models = ReturnType<typeof registerModels>;
