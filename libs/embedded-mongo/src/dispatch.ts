import type { Doc } from './bson.ts';
import { COMMANDS, IN_TRANSACTIONS } from './commands/table.ts';
import type { Command, CommandHandler, Engine, Reply } from './engine.ts';
import { CommandError, toCommandError, unsupported } from './errors.ts';
import { OUT_OF_DISK_SPACE } from './storage/disk.ts';
import type { Request } from './wire/message.ts';

function check({ name, body }: Request): void {
  const read = body.$readPreference as { mode?: unknown } | undefined;
  if (read?.mode === 'secondary' && name !== 'hello') {
    throw new CommandError(133, 'There is no secondary: the embedded server is a replica set of one');
  }
}

function run(engine: Engine, command: Command, handler: CommandHandler): Reply | Promise<Reply> {
  const { name, body } = command;
  const { level } = (body.readConcern ?? {}) as { level?: unknown };
  if (level === 'snapshot' && body.autocommit === undefined)
    throw unsupported(246, 'the read concern "snapshot" outside a transaction');
  if (body.autocommit !== undefined || body.startTransaction !== undefined) {
    const allowed = Object.hasOwn(IN_TRANSACTIONS, name) ? IN_TRANSACTIONS[name] : undefined;
    return engine.transactions.run(command, allowed);
  }
  if (body.txnNumber !== undefined) engine.transactions.supersede(body);
  return handler(engine, command);
}

/** Runs one command; every outcome is a reply. */
export function dispatch(
  engine: Engine,
  request: Request,
  onInternalError: (error: Error) => void,
): Reply | Promise<Reply> {
  const fail = (error: unknown): Doc => {
    const isExpected = error instanceof CommandError && error.code !== OUT_OF_DISK_SPACE;
    if (!isExpected) onInternalError(error instanceof Error ? error : new Error(String(error)));
    return toCommandError(error).toReply();
  };
  const handler = Object.hasOwn(COMMANDS, request.name) ? COMMANDS[request.name] : undefined;
  if (!handler) return new CommandError(59, `no such command: '${request.name}'`).toReply();
  try {
    check(request);
    const { name, body, sequences, client } = request;
    const db = typeof body.$db === 'string' ? body.$db : 'admin';
    const command = { name, db, body, sequences, client };
    const reply = run(engine, command, handler);
    return reply instanceof Promise ? reply.catch(fail) : reply;
  } catch (error) {
    return fail(error);
  }
}
