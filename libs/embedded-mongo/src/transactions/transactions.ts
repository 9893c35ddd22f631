import type { Doc } from '../bson.ts';
import { decodePromoted, isDocument } from '../bson.ts';
import type { Command, Engine, Reply, Scope } from '../engine.ts';
import { collectionName } from '../engine.ts';
import { CommandError } from '../errors.ts';
import { toNumber } from '../keys/compare.ts';
import { KEEP_MS, sessionKey } from '../sessions.ts';
import { Holds } from './holds.ts';
import type { Holder } from './holds.ts';
import { COMMITTED, Transaction, TRANSIENT } from './transaction.ts';

/** As MongoDB's transactionLifetimeLimitSeconds. */
export const LIFETIME_MS = 60_000;
const MAX_OPEN = 1000;
/** A statement waits for other transactions so many times. */
const MAX_WAITS = 3;

/** The last transaction of a session. */
interface Session extends Holder {
  key: Buffer;
  number: number;
  state: 'open' | 'committed' | 'aborted';
  startedAt: number;
  /** Set by the first statement, unset by the end. */
  transaction: Transaction | undefined;
  /** Settles when the statements before are done: one at a time. */
  turn: Promise<unknown>;
  commit: Promise<Reply> | undefined;
}

type Handler = (scope: Scope, command: Command) => Reply | Promise<Reply>;

function noSuchTransaction(number: number, why: string): CommandError {
  return new CommandError(251, `Transaction ${number} ${why}`, TRANSIENT);
}

function tooOld(number: number, last: number): CommandError {
  return new CommandError(
    225,
    `Cannot use transaction number ${number} on this session because a newer one, ${last}, has already started.`,
  );
}

const invalid = (message: string) => new CommandError(72, message);

/** The session and the number that a command of a transaction names; throws when its fields contradict each other. */
function identify({ name, body }: Command): { key: Buffer; number: number; starts: boolean } {
  if (body.autocommit !== false) throw invalid("A transaction needs 'autocommit: false'");
  if (body.startTransaction !== undefined && body.startTransaction !== true) {
    throw invalid('Specifying startTransaction=false is not allowed.');
  }
  if (body.txnNumber === undefined)
    throw invalid("'autocommit' field requires a transaction number to also be specified");
  const starts = body.startTransaction === true;
  const ends = name === 'commitTransaction' || name === 'abortTransaction';
  if (body.writeConcern !== undefined && !ends)
    throw invalid(`${name} in a transaction may not have a writeConcern; commitTransaction may`);
  if (body.readConcern !== undefined && isDocument(body.readConcern)) {
    const { level } = body.readConcern;
    if (!starts) throw invalid('readConcern is only valid for the first statement of a transaction');
    if (level !== undefined && !['local', 'majority', 'snapshot'].includes(level as string))
      throw invalid(`The readConcern level must be 'local', 'majority' or 'snapshot' in a transaction`);
  }
  return { key: sessionKey(body), number: toNumber(body.txnNumber), starts };
}

/** Whether a statement may make the collection that it names. */
function mayInsert({ name, body, sequences }: Command): boolean {
  if (name === 'insert') return true;
  if (name !== 'update') return body.upsert === true;
  const inBody = Array.isArray(body.updates) ? body.updates : [];
  const statements = sequences.get('updates')?.map((bytes) => decodePromoted(bytes)) ?? inBody;
  return statements.some((statement) => isDocument(statement) && statement.upsert === true);
}

/**
 * The transactions of all sessions. Statements run on a snapshot and keep their writes in memory; a commit compares the
 * current values under its writes with the snapshot, and joins the write commands of its turn in their flush. No lock is
 * held between two statements, and of two transactions that write one document the first commit wins.
 */
export class Transactions {
  readonly #engine: Engine;
  readonly #lifetime: number;
  readonly #sessions = new Map<string, Session>();
  readonly #holds = new Holds();
  #open = 0;
  readonly counts = { started: 0, committed: 0, aborted: 0 };

  constructor(engine: Engine, lifetime: number) {
    this.#engine = engine;
    this.#lifetime = lifetime;
  }

  get open(): number {
    return this.#open;
  }

  /** Runs one command of a transaction; `handler` is undefined where the command cannot be part of one. */
  run(command: Command, handler: Handler | undefined): Promise<Reply> {
    const { key, number, starts } = identify(command);
    if (command.name === 'commitTransaction') return this.#commit(key, number);
    if (command.name === 'abortTransaction') return this.#abort(key, number);
    if (!handler) {
      throw new CommandError(263, `Cannot run '${command.name}' in a multi-document transaction.`);
    }
    const session = starts ? this.#begin(key, number) : this.#find(key, number);
    return this.#inTurn(session, () => this.#statement(session, command, handler));
  }

  /** A retryable write of a session ends its older transaction, and must not be older itself. */
  supersede(body: Doc): void {
    if (this.#sessions.size === 0) return;
    const session = this.#sessions.get(sessionKey(body).toString('latin1'));
    if (!session) return;
    const number = toNumber(body.txnNumber);
    if (number <= session.number) throw tooOld(number, session.number);
    this.#end(session, 'aborted');
  }

  /** Aborts the transactions of sessions that are over. */
  endSessions(sessions: unknown): void {
    for (const lsid of Array.isArray(sessions) ? sessions : []) {
      const name = sessionKey({ lsid }).toString('latin1');
      const session = this.#sessions.get(name);
      if (session) this.#end(session, 'aborted');
    }
  }

  /** Aborts transactions that are open for too long, and forgets old sessions. */
  expire(now: number): void {
    for (const [name, session] of this.#sessions) {
      const age = now - session.startedAt;
      if (age > this.#lifetime && !session.commit) this.#end(session, 'aborted');
      if (age > KEEP_MS && session.state !== 'open') this.#sessions.delete(name);
    }
  }

  close(): void {
    for (const session of this.#sessions.values()) this.#end(session, 'aborted');
  }

  #begin(key: Buffer, number: number): Session {
    const name = key.toString('latin1');
    const known = this.#sessions.get(name);
    const last = Math.max(known?.number ?? -1, this.#engine.retries.last(key)?.number ?? -1);
    if (number < last) throw tooOld(number, last);
    if (number === last)
      throw new CommandError(
        50911,
        `Cannot start a transaction at given transaction number ${number}: the number is used already`,
      );
    if (known) this.#end(known, 'aborted');
    if (this.#open >= MAX_OPEN)
      throw new CommandError(24, `There are ${MAX_OPEN} open transactions already`, TRANSIENT);
    this.#open++;
    this.counts.started++;
    const session: Session = {
      key,
      number,
      state: 'open',
      startedAt: Date.now(),
      transaction: undefined,
      turn: Promise.resolve(),
      commit: undefined,
      held: [],
    };
    // The oldest stand first.
    this.#sessions.delete(name);
    this.#sessions.set(name, session);
    return session;
  }

  /** The open transaction of a number; throws MongoDB's error for any other. */
  #find(key: Buffer, number: number): Session {
    const session = this.#sessions.get(key.toString('latin1'));
    const last = this.#engine.retries.last(key);
    if (session?.number === number ? session.state === 'committed' : this.#isCommitted(key, number))
      throw new CommandError(256, `Transaction ${number} has been committed.`);
    const newest = Math.max(session?.number ?? -1, last?.number ?? -1);
    if (number < newest) throw tooOld(number, newest);
    if (session?.number !== number)
      throw noSuchTransaction(number, 'does not match any in-progress transactions');
    if (Date.now() - session.startedAt > this.#lifetime && !session.commit) this.#end(session, 'aborted');
    if (session.state === 'aborted') throw noSuchTransaction(number, 'has been aborted.');
    return session;
  }

  /** Also across a restart: a commit leaves its number in the transaction of its writes. */
  #isCommitted(key: Buffer, number: number): boolean {
    const last = this.#engine.retries.last(key);
    return last?.number === number && decodePromoted(last.reply).committed === true;
  }

  #inTurn<T>(session: Session, action: () => T | Promise<T>): Promise<T> {
    const result = session.turn.then(action);
    session.turn = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async #statement(session: Session, command: Command, handler: Handler): Promise<Reply> {
    try {
      this.#checkOpen(session);
      const made = await this.#makeCollection(command);
      const isFirst = session.transaction === undefined;
      let transaction = (session.transaction ??= new Transaction(this.#engine));
      if (made) transaction.allow(made);
      let reply = await handler(transaction.scope, command);
      let blocked = this.#holds.take(session, transaction.takeWritten());
      // With no other statement behind it, this one can still be run on a newer snapshot.
      for (let attempt = 0; isFirst && blocked !== undefined && attempt < MAX_WAITS; attempt++) {
        await this.#holds.wait(session, blocked);
        this.#checkOpen(session);
        transaction.end();
        transaction = session.transaction = new Transaction(this.#engine);
        reply = await handler(transaction.scope, command);
        blocked = this.#holds.take(session, transaction.takeWritten());
      }
      transaction.checkSize();
      // Like MongoDB, a transaction is over with its first error.
      if (!Buffer.isBuffer(reply) && reply.writeErrors !== undefined) this.#end(session, 'aborted');
      return reply;
    } catch (error) {
      this.#end(session, 'aborted');
      // Its turn may have come after its end.
      this.#holds.release(session);
      throw error;
    }
  }

  #checkOpen({ state, number }: Session): void {
    if (state !== 'open') throw noSuchTransaction(number, 'has been aborted.');
  }

  /** A collection is made at once and for all, not by the commit. */
  async #makeCollection(command: Command) {
    const { catalog, writes } = this.#engine;
    if (!mayInsert(command)) return undefined;
    const name = collectionName(command);
    if (catalog.find(command.db, name)) return undefined;
    return writes.run(() => catalog.find(command.db, name) ?? catalog.create(command.db, name));
  }

  #commit(key: Buffer, number: number): Promise<Reply> {
    const session = this.#sessions.get(key.toString('latin1'));
    if (session?.number === number && session.commit) return session.commit;
    if (session?.number !== number && this.#isCommitted(key, number)) return Promise.resolve({ ok: 1 });
    const open = this.#find(key, number);
    open.commit = this.#inTurn(open, () => this.#write(open));
    return open.commit;
  }

  async #write(session: Session): Promise<Reply> {
    const { transaction, key, number } = session;
    this.#checkOpen(session);
    const { writes, retries } = this.#engine;
    try {
      if (transaction && !transaction.isReadOnly) {
        await writes.run(() => {
          transaction.apply();
          retries.keep(key, number, COMMITTED);
        });
      }
      this.#end(session, 'committed');
      return { ok: 1 };
    } catch (error) {
      this.#end(session, 'aborted');
      throw error;
    }
  }

  #abort(key: Buffer, number: number): Promise<Reply> {
    const session = this.#find(key, number);
    return this.#inTurn(session, () => {
      this.#checkOpen(session);
      this.#end(session, 'aborted');
      return { ok: 1 };
    });
  }

  #end(session: Session, state: 'committed' | 'aborted'): void {
    if (session.state !== 'open') return;
    session.state = state;
    this.#open--;
    this.counts[state]++;
    this.#holds.release(session);
    const { transaction } = session;
    session.transaction = undefined;
    // A statement that still reads keeps the snapshot until it is done.
    if (transaction) void session.turn.then(() => transaction.end());
  }
}
