import type { Doc } from './bson.ts';
import { COMMANDS } from './commands/table.ts';
import type { Engine, Reply } from './engine.ts';
import { CommandError, toCommandError } from './errors.ts';
import type { Request } from './wire/message.ts';

function check({ name, body }: Request): void {
  if (body.startTransaction === true || body.autocommit === false) {
    throw new CommandError(263, 'Multi-document transactions are not supported by the embedded server');
  }
  const read = body.$readPreference as { mode?: unknown } | undefined;
  if (read?.mode === 'secondary' && name !== 'hello') {
    throw new CommandError(133, 'There is no secondary: the embedded server is a replica set of one');
  }
}

/** Runs one command; every outcome is a reply. */
export function dispatch(
  engine: Engine,
  request: Request,
  onInternalError: (error: Error) => void,
): Reply | Promise<Reply> {
  const fail = (error: unknown): Doc => {
    // What mingo refuses is the client's mistake.
    const expected =
      error instanceof CommandError || (error instanceof Error && error.constructor.name === 'MingoError');
    if (!expected) onInternalError(error instanceof Error ? error : new Error(String(error)));
    return toCommandError(error).toReply();
  };
  const handler = Object.hasOwn(COMMANDS, request.name) ? COMMANDS[request.name] : undefined;
  if (!handler) return new CommandError(59, `no such command: '${request.name}'`).toReply();
  try {
    check(request);
    const { name, body, sequences } = request;
    const db = typeof body.$db === 'string' ? body.$db : 'admin';
    const reply = handler(engine, { name, db, body, sequences });
    return reply instanceof Promise ? reply.catch(fail) : reply;
  } catch (error) {
    return fail(error);
  }
}
