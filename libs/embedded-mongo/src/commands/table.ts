import { hostname } from 'node:os';
import type { Command, CommandHandler, Reply, Scope } from '../engine.ts';
import { CommandError } from '../errors.ts';
import { aggregate } from './aggregate.ts';
import {
  collStats,
  create,
  dbStats,
  drop,
  dropDatabase,
  listCollections,
  listDatabases,
  renameCollection,
} from './collections.ts';
import { count } from './count.ts';
import { distinct } from './distinct.ts';
import { explain } from './explain.ts';
import { find, getMore, killCursors } from './find.ts';
import { findAndModify } from './find-and-modify.ts';
import { buildInfo, hello, replSetGetStatus, serverStatus } from './handshake.ts';
import { createIndexes, dropIndexes, listIndexes } from './indexes.ts';
import { deleteCommand, insert, update } from './writes.ts';

const ok: CommandHandler = () => ({ ok: 1 });

/** The commands that can be part of a transaction. */
export const IN_TRANSACTIONS: Record<string, (scope: Scope, command: Command) => Reply | Promise<Reply>> = {
  insert,
  update,
  delete: deleteCommand,
  find,
  getMore,
  killCursors,
  aggregate,
  distinct,
  findAndModify,
  findandmodify: findAndModify,
};

const outsideTransaction: CommandHandler = (_engine, { name }) => {
  throw new CommandError(125, `${name} must be run within a transaction`);
};

/** Every command of the server; whatever is not here is answered with code 59. */
export const COMMANDS: Record<string, CommandHandler> = {
  hello,
  isMaster: hello,
  ismaster: hello,
  ping: ok,
  endSessions: ({ transactions }, { body }) => {
    transactions.endSessions(body.endSessions);
    return { ok: 1 };
  },
  refreshSessions: ok,
  killSessions: ({ transactions }, { body }) => {
    transactions.endSessions(body.killSessions);
    return { ok: 1 };
  },
  startSession: ok,
  buildInfo,
  buildinfo: buildInfo,
  serverStatus,
  replSetGetStatus,
  hostInfo: () => ({ system: { hostname: hostname() }, os: {}, extra: {}, ok: 1 }),
  whatsmyuri: () => ({ you: '127.0.0.1', ok: 1 }),
  connectionStatus: () => ({
    authInfo: { authenticatedUsers: [], authenticatedUserRoles: [], authenticatedUserPrivileges: [] },
    ok: 1,
  }),
  getParameter: (_engine, { body }) => {
    if (body.featureCompatibilityVersion !== undefined) {
      return { featureCompatibilityVersion: { version: '7.0' }, ok: 1 };
    }
    throw new CommandError(72, 'no option found to get');
  },
  ...IN_TRANSACTIONS,
  count,
  commitTransaction: outsideTransaction,
  abortTransaction: outsideTransaction,
  explain,
  createIndexes,
  dropIndexes,
  deleteIndexes: dropIndexes,
  listIndexes,
  create,
  drop,
  dropDatabase,
  renameCollection,
  listCollections,
  listDatabases,
  collStats,
  dbStats,
};
