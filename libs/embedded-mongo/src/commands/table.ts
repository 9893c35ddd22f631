import { hostname } from 'node:os';
import type { CommandHandler } from '../engine.ts';
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

/** Every command of the server; whatever is not here is answered with code 59. */
export const COMMANDS: Record<string, CommandHandler> = {
  hello,
  isMaster: hello,
  ismaster: hello,
  ping: ok,
  endSessions: ok,
  refreshSessions: ok,
  killSessions: ok,
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
  insert,
  update,
  delete: deleteCommand,
  find,
  getMore,
  killCursors,
  aggregate,
  count,
  distinct,
  findAndModify,
  findandmodify: findAndModify,
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
