import { Batch } from '../cursors.ts';
import type { ResultStream } from '../cursors.ts';
import { isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import type { Command, Reply, Scope } from '../engine.ts';
import {
  budgetOf,
  checkCollation,
  collectionName,
  filterOption,
  findCollection,
  numberOption,
} from '../engine.ts';
import { CommandError, unsupported } from '../errors.ts';
import { drive, YIELD } from '../query/budget.ts';
import type { Budget, Yield } from '../query/budget.ts';
import { evaluateLet } from '../query/expressions.ts';
import { Matches } from '../query/matches.ts';
import type { Match } from '../query/matches.ts';
import { compileFilter } from '../query/matcher.ts';
import type { Matcher } from '../query/matcher.ts';
import type { Plan, Sort } from '../query/plan.ts';
import { parseSort, plan } from '../query/planner.ts';
import { compileProjection } from '../query/projection.ts';
import type { Projection } from '../query/projection.ts';
import { Sorter } from '../query/sort.ts';
import type { CollectionMeta } from '../storage/catalog.ts';
import { cursorReply } from '../wire/cursor-reply.ts';

const REFUSED = ['tailable', 'awaitData', 'oplogReplay', 'returnKey', 'showRecordId', 'min', 'max'];
const FIRST_BATCH = 101;

/** A find, parsed and planned. */
export interface PreparedFind {
  filter: Doc;
  matcher: Matcher;
  sort: Sort;
  skip: number;
  limit: number;
  projection: Projection | undefined;
  plan: Plan;
}

function positive(body: Doc, name: string): number {
  const value = numberOption(body[name], 0);
  if (value < 0 || !Number.isFinite(value)) {
    throw new CommandError(51024, `BSON field '${name}' value must be >= 0, actual value '${value}'`);
  }
  return value;
}

export function prepareFind(engine: Scope, collection: CollectionMeta, body: Doc): PreparedFind {
  checkCollation(body.collation);
  for (const name of REFUSED) {
    if (body[name] !== undefined && body[name] !== false) {
      throw unsupported(2, `the find option ${name}`);
    }
  }
  const filter = filterOption(body.filter, 'filter');
  const variables = evaluateLet(body.let);
  const matcher = compileFilter(filter, variables);
  const sort = parseSort(body.sort);
  const skip = positive(body, 'skip');
  const limit = positive(body, 'limit');
  const batch = numberOption(body.batchSize, FIRST_BATCH);
  const limited =
    (limit > 0 && limit + skip <= 2000) || (limit === 0 && body.singleBatch === true && batch <= 2000);
  return {
    filter,
    matcher,
    sort,
    skip,
    limit,
    projection: compileProjection(body.projection, filter, variables),
    plan: plan(collection, engine.store.index, { filter, sort, hint: body.hint, limited }),
  };
}

/** Streams the matches of a find: through a sort in memory when no index gives the order. */
export class FindStream implements ResultStream {
  readonly matches: Matches;
  readonly #find: PreparedFind;
  #skip: number;
  #left: number;
  #sorter: Sorter<Buffer> | undefined;
  #sorted: Buffer[] | undefined;
  #at = 0;

  constructor(engine: Scope, collection: CollectionMeta, find: PreparedFind) {
    this.#find = find;
    this.#skip = find.skip;
    this.#left = find.limit > 0 ? find.limit : Infinity;
    const inOrder = find.plan.sorted || find.sort.length === 0;
    const wanted = inOrder ? find.skip + (find.limit || FIRST_BATCH) : 256;
    this.matches = new Matches(engine.store, engine.records, collection, find.plan, find.matcher, wanted);
    if (!inOrder) {
      this.#sorter = new Sorter(find.sort, this.#skip + this.#left);
    }
  }

  next(budget: Budget): Buffer | undefined | Yield {
    if (this.#left <= 0) return undefined;
    if (this.#sorter && !this.#sorted && this.#sortAll(this.#sorter, budget) === YIELD) return YIELD;
    for (;;) {
      const found = this.#sorted ? this.#sorted[this.#at++] : this.matches.next(budget);
      if (found === undefined || found === YIELD) return found;
      if (this.#skip > 0) {
        this.#skip--;
        continue;
      }
      this.#left--;
      const bytes = Buffer.isBuffer(found) ? found : found.bytes;
      return this.#find.projection ? this.#find.projection(bytes) : Buffer.from(bytes);
    }
  }

  /** Like {@link next}, decoded with what the caller needs, and without a copy of the bytes where that is possible. */
  nextDocument(budget: Budget, decode: (bytes: Buffer) => Doc): Doc | undefined | Yield {
    const plain = !this.#sorter && !this.#sorted && !this.#find.projection;
    if (plain && this.#skip === 0 && this.#left === Infinity) {
      const match = this.matches.next(budget);
      return match === undefined || match === YIELD ? match : decode(match.bytes);
    }
    const bytes = this.next(budget);
    return Buffer.isBuffer(bytes) ? decode(bytes) : bytes;
  }

  #sortAll(sorter: Sorter<Buffer>, budget: Budget): Yield | undefined {
    for (;;) {
      const match: Match | undefined | Yield = this.matches.next(budget);
      if (match === YIELD) return YIELD;
      if (match === undefined) break;
      const { bytes } = match;
      sorter.add(bytes, bytes.length, () => Buffer.from(bytes), budget);
    }
    this.#sorted = sorter.result();
    this.#sorter = undefined;
    return undefined;
  }

  refresh(): void {
    if (!this.#sorted) this.matches.refresh();
  }
}

/** Sends the first batch of a stream and keeps the rest as a cursor. */
export function firstBatch(
  engine: Scope,
  ns: string,
  stream: ResultStream,
  options: { batchSize: number; single: boolean; budget: Budget },
): Reply | Promise<Reply> {
  const { budget } = options;
  const batch = new Batch(stream, options.batchSize, undefined);
  const finish = (): Reply => {
    const open = !batch.exhausted && !options.single;
    // Looking one document ahead spares the client a getMore that brings nothing.
    const ahead = open && !batch.pending ? stream.next(budget) : undefined;
    const pending = batch.pending ?? (Buffer.isBuffer(ahead) ? ahead : undefined);
    const more = open && (pending !== undefined || ahead === YIELD);
    if (!more) budget.release();
    const id = more ? engine.cursors.add({ stream, ns, pending, budget }) : 0;
    return cursorReply('firstBatch', batch.documents, id, ns);
  };
  return fill(batch, budget, finish);
}

/** Fills a batch, with pauses; a failure gives back the memory of the stream. */
function fill(batch: Batch, budget: Budget, finish: () => Reply): Reply | Promise<Reply> {
  const fail = (error: unknown): never => {
    budget.release();
    throw error;
  };
  try {
    const filled = drive(budget, () => batch.fill(budget));
    return filled instanceof Promise ? filled.then(finish).catch(fail) : finish();
  } catch (error) {
    return fail(error);
  }
}

export function find(engine: Scope, command: Command): Reply | Promise<Reply> {
  const { body } = command;
  const ns = `${command.db}.${collectionName(command)}`;
  const collection = findCollection(engine, command);
  const batchSize = numberOption(body.batchSize, FIRST_BATCH);
  if (!collection) {
    compileFilter(filterOption(body.filter, 'filter'));
    checkCollation(body.collation);
    return cursorReply('firstBatch', [], 0, ns);
  }
  const prepared = prepareFind(engine, collection, body);
  const budget = budgetOf(command);
  const stream = new FindStream(engine, collection, prepared);
  return firstBatch(engine, ns, stream, { batchSize, single: body.singleBatch === true, budget });
}

export function getMore(engine: Scope, { db, body, client }: Command): Reply | Promise<Reply> {
  if (typeof body.collection !== 'string')
    throw new CommandError(14, "BSON field 'getMore.collection' is missing");
  const id = numberOption(body.getMore, 0);
  const ns = `${db}.${body.collection}`;
  const cursor = engine.cursors.take(id, ns);
  const { stream } = cursor;
  stream.refresh();
  const size = numberOption(body.batchSize, 0);
  const batch = new Batch(stream, size > 0 ? size : Infinity, cursor.pending);
  const { budget } = cursor;
  budget.renew(numberOption(body.maxTimeMS, 0), client);
  const finish = (): Reply => {
    if (batch.exhausted) budget.release();
    else engine.cursors.keep(id, { ...cursor, pending: batch.pending });
    return cursorReply('nextBatch', batch.documents, batch.exhausted ? 0 : id, ns);
  };
  return fill(batch, budget, finish);
}

export function killCursors(engine: Scope, { body }: Command): Reply {
  const ids = Array.isArray(body.cursors) ? body.cursors : [];
  const cursorsKilled: unknown[] = [];
  const cursorsNotFound: unknown[] = [];
  for (const id of ids) (engine.cursors.kill(numberOption(id, 0)) ? cursorsKilled : cursorsNotFound).push(id);
  return { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 };
}

/** True for what a client may send as a filter, sort or projection. */
export const isOptionalDocument = (value: unknown) =>
  value === undefined || value === null || isDocument(value);
