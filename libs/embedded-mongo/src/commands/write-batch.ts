import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodePromoted } from '../bson.ts';
import type { Doc } from '../bson.ts';
import type { Command, Reply, Scope } from '../engine.ts';
import { CommandError } from '../errors.ts';

const MAX_STATEMENTS = 100_000;
/** A transaction of the store is shared; a batch leaves it after this and goes on in the next. */
const SLICE_MS = 40;

/** How far a batch has come. It is never changed, so that a slice that was undone can run again. */
export interface Progress {
  /** The statement that is next. */
  at: number;
  n: number;
  nModified: number;
  upserted: Doc[];
  errors: Doc[];
}

/** What one statement has done, or how far it has come. */
export interface Step<S> {
  n: number;
  nModified: number;
  upsertedId?: unknown;
  /** Set where the statement has to go on in the next slice. */
  rest?: S;
  /** Set where it needs a long scan first, outside the transaction. */
  scan?: () => Promise<S>;
}

/** A write command: statements that run one after another, in slices. `S` is the state of a long statement. */
export interface WriteBatch<S> {
  count: number;
  /** Runs a statement inside a transaction, until it is done or `isOver`. */
  run(index: number, rest: S | undefined, isOver: () => boolean): Step<S>;
  reply(progress: Progress): Doc;
}

const START: Progress = { at: 0, n: 0, nModified: 0, upserted: [], errors: [] };

interface Slice<S> {
  progress: Progress;
  rest?: S | undefined;
  scan?: (() => Promise<S>) | undefined;
}

function runSlice<S>(batch: WriteBatch<S>, ordered: boolean, before: Slice<S>): Slice<S> {
  const progress = {
    ...before.progress,
    upserted: [...before.progress.upserted],
    errors: [...before.progress.errors],
  };
  let { rest } = before;
  const until = performance.now() + SLICE_MS;
  const isOver = () => performance.now() > until;
  while (progress.at < batch.count) {
    const index = progress.at;
    try {
      const step = batch.run(index, rest, isOver);
      rest = undefined;
      progress.n += step.n;
      progress.nModified += step.nModified;
      if ('upsertedId' in step) progress.upserted.push({ index, _id: step.upsertedId });
      if (step.rest !== undefined || step.scan) return { progress, rest: step.rest, scan: step.scan };
      progress.at++;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      rest = undefined;
      progress.errors.push({ index, code: error.code, errmsg: error.message, ...error.extra });
      progress.at = ordered ? batch.count : progress.at + 1;
    }
    if (isOver()) break;
  }
  return { progress };
}

/** The progress of the same batch before a crash, or its reply when it was done. */
function resume(engine: Scope, body: Doc): Progress | Buffer | undefined {
  const reply = engine.retries?.replyTo(body);
  const { partial } = reply ? decodePromoted(reply) : {};
  return partial === undefined ? reply : (partial as Progress);
}

/**
 * Runs a batch in slices, each of them in a transaction with other commands, so that no batch keeps the others waiting
 * for long. Its progress is written with each slice where the client may send it again.
 */
export async function runBatch<S>(engine: Scope, command: Command, batch: WriteBatch<S>): Promise<Reply> {
  if (batch.count === 0 || batch.count > MAX_STATEMENTS) {
    throw new CommandError(
      72,
      `Write batch sizes must be between 1 and ${MAX_STATEMENTS}. Got ${batch.count} operations.`,
    );
  }
  const { body } = command;
  const ordered = body.ordered !== false;
  let slice: Slice<S> | undefined;
  for (;;) {
    const before: Slice<S> | undefined = slice;
    const after = await engine.write((): Slice<S> | Reply => {
      const known = before ? undefined : resume(engine, body);
      if (Buffer.isBuffer(known)) return known;
      const next = runSlice(batch, ordered, before ?? { progress: known ?? START });
      const isDone = next.progress.at >= batch.count && next.rest === undefined && !next.scan;
      const { errors } = next.progress;
      const reply = {
        ...batch.reply(next.progress),
        ...(errors.length > 0 ? { writeErrors: errors } : {}),
        ok: 1,
      };
      engine.retries?.record(body, isDone ? reply : { partial: next.progress });
      return isDone ? reply : next;
    });
    if (Buffer.isBuffer(after) || !('progress' in after)) return after;
    slice = after as Slice<S>;
    await nextTurn();
    if (slice.scan) slice = { progress: slice.progress, rest: await slice.scan() };
  }
}
