import { ObjectId } from 'bson';
import { decodeExact, decodePromoted, encode, idFirst, isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import type { Command, Reply, Scope } from '../engine.ts';
import { checkCollation, collectionName, filterOption, letOption, numberOption } from '../engine.ts';
import { CommandError } from '../errors.ts';
import { Budget, YIELD } from '../query/budget.ts';
import { compileFilter } from '../query/matcher.ts';
import { Matches } from '../query/matches.ts';
import type { Match } from '../query/matches.ts';
import { parseSort, plan } from '../query/planner.ts';
import { Sorter } from '../query/sort.ts';
import type { CollectionMeta } from '../storage/catalog.ts';
import { compileUpdate } from '../update/compile.ts';
import type { CompiledUpdate } from '../update/compile.ts';
import { cloneContainers, promote } from '../update/promote.ts';

const MAX_STATEMENTS = 100_000;

/** The next match of a scan that runs inside a transaction and therefore never pauses. */
export function nextMatch(matches: Matches, budget: Budget): Match | undefined {
  const match = matches.next(budget);
  return match === YIELD ? undefined : match;
}

function writeError(index: number, error: CommandError): Doc {
  return { index, code: error.code, errmsg: error.message, ...error.extra };
}

/** Runs the statements of one command; ordered ones stop at the first error. */
function runStatements<T>(
  statements: readonly T[],
  ordered: boolean,
  run: (statement: T, index: number) => void,
): Doc[] {
  if (statements.length === 0 || statements.length > MAX_STATEMENTS) {
    throw new CommandError(
      72,
      `Write batch sizes must be between 1 and ${MAX_STATEMENTS}. Got ${statements.length} operations.`,
    );
  }
  const errors: Doc[] = [];
  for (const [index, statement] of statements.entries()) {
    try {
      run(statement, index);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      errors.push(writeError(index, error));
      if (ordered) break;
    }
  }
  return errors;
}

function isOrdered(body: Doc): boolean {
  return body.ordered !== false;
}

const withErrors = (reply: Doc, errors: Doc[]): Doc =>
  errors.length > 0 ? { ...reply, writeErrors: errors, ok: 1 } : { ...reply, ok: 1 };

function openOrCreate(engine: Scope, command: Command): CollectionMeta {
  const name = collectionName(command);
  return engine.catalog.find(command.db, name) ?? engine.catalog.create(command.db, name);
}

/** Statements sent beside the body or inside it, with exact numbers. */
function statements(command: Command, name: string): Doc[] {
  const raw = command.sequences.get(name);
  if (raw) return raw.map((bytes) => decodeExact(bytes));
  const inBody = command.body[name];
  if (!Array.isArray(inBody) || !inBody.every(isDocument)) {
    throw new CommandError(40414, `BSON field '${command.name}.${name}' is missing but a required field`);
  }
  return inBody;
}

export function checkId(id: unknown): void {
  if (Array.isArray(id)) throw new CommandError(53, "The '_id' value cannot be of type array");
  if (
    id instanceof RegExp ||
    (typeof id === 'object' && id !== null && '_bsontype' in id && id._bsontype === 'BSONRegExp')
  ) {
    throw new CommandError(53, "The '_id' value cannot be of type regex");
  }
  if (isDocument(id) && Object.keys(id).some((name) => name.startsWith('$'))) {
    throw new CommandError(52, `_id fields may not contain '$'-prefixed fields`);
  }
}

export function insert(engine: Scope, command: Command): Promise<Reply> {
  const documents = command.sequences.get('documents');
  if (!documents)
    throw new CommandError(40414, "BSON field 'insert.documents' is missing but a required field");
  // The bytes are decoded before the transaction starts.
  const prepared = documents.map((bytes) => ({ bytes, doc: decodePromoted(bytes) }));
  return engine.write(command.body, () => {
    const collection = openOrCreate(engine, command);
    let n = 0;
    const errors = runStatements(prepared, isOrdered(command.body), ({ bytes, doc }) => {
      if (doc._id === undefined) {
        const withId = encode({ _id: new ObjectId(), ...decodeExact(bytes) });
        engine.records.insert(collection, withId, decodePromoted(withId));
      } else {
        checkId(doc._id);
        engine.records.insert(collection, idFirst(bytes), doc);
      }
      n++;
    });
    return withErrors({ n }, errors);
  });
}

interface UpdateResult {
  matched: number;
  modified: number;
  upsertedId?: unknown;
}

/** Writes the changed document, unless nothing changed. */
export function applyUpdate(
  engine: Scope,
  collection: CollectionMeta,
  recordId: number,
  before: Buffer,
  update: CompiledUpdate,
): { bytes: Buffer; changed: boolean } {
  const old = decodeExact(before);
  // What the update leaves alone stays the same object, by which the indexes see that it did not change.
  const doc = update.apply(cloneContainers(old) as Doc);
  const bytes = encode(doc);
  if (bytes.equals(before)) return { bytes, changed: false };
  engine.records.replace(collection, recordId, { bytes: before, doc: old }, bytes, doc);
  return { bytes, changed: true };
}

/** Inserts the document of an upsert and gives its bytes. */
export function insertUpsert(
  engine: Scope,
  collection: CollectionMeta,
  update: CompiledUpdate,
): { bytes: Buffer; id: unknown } {
  const doc = update.insertDocument();
  checkId(doc._id);
  const bytes = encode(doc);
  engine.records.insert(collection, bytes, doc);
  return { bytes, id: doc._id };
}

const UPDATE_FIELDS = new Set([
  'q',
  'u',
  'c',
  'arrayFilters',
  'upsert',
  'multi',
  'collation',
  'hint',
  'sort',
]);

function updateOne(engine: Scope, command: Command, statement: Doc): UpdateResult {
  for (const name of Object.keys(statement)) {
    if (!UPDATE_FIELDS.has(name))
      throw new CommandError(40415, `BSON field 'update.updates.${name}' is an unknown field.`);
  }
  checkCollation(statement.collation);
  const filter = filterOption(promote(statement.q), 'q');
  const variables = (promote(statement.c) ?? promote(letOption(command.body))) as Doc | undefined;
  const multi = statement.multi === true;
  const update = compileUpdate(
    { filter, update: statement.u, arrayFilters: statement.arrayFilters, variables, multi },
    isDocument(statement.q) ? statement.q : {},
  );
  const matcher = compileFilter(filter, variables);
  const existing = engine.catalog.find(command.db, collectionName(command));
  const result: UpdateResult = { matched: 0, modified: 0 };
  if (existing) {
    const budget = new Budget(numberOption(command.body.maxTimeMS, 0), false);
    const found = collectMatches(engine, existing, {
      filter,
      matcher,
      sort: promote(statement.sort),
      hint: promote(statement.hint),
      limit: multi ? Infinity : 1,
      budget,
    });
    for (const recordId of found) {
      const bytes = engine.records.read(existing, recordId);
      if (!bytes) continue;
      result.matched++;
      if (applyUpdate(engine, existing, recordId, Buffer.from(bytes), update).changed) result.modified++;
    }
  }
  if (result.matched === 0 && statement.upsert === true) {
    const collection = existing ?? openOrCreate(engine, command);
    result.upsertedId = insertUpsert(engine, collection, update).id;
  }
  return result;
}

interface MatchRequest {
  filter: Doc;
  matcher: ReturnType<typeof compileFilter>;
  sort: unknown;
  hint: unknown;
  limit: number;
  budget: Budget;
}

/**
 * The records that a write is about, found before anything is changed, so that a document that moves in an index is not
 * met twice.
 */
export function collectMatches(engine: Scope, collection: CollectionMeta, request: MatchRequest): number[] {
  const sort = parseSort(request.sort);
  const { filter, matcher, hint, limit, budget } = request;
  const chosen = plan(collection, engine.store.index, { filter, sort, hint, limited: limit === 1 });
  const expected = Number.isFinite(limit) ? limit : 256;
  const matches = new Matches(engine.store, engine.records, collection, chosen, matcher, expected);
  const sorter = chosen.sorted || sort.length === 0 ? undefined : new Sorter<number>(sort, limit, false);
  const found: number[] = [];
  while (found.length < limit) {
    const match = nextMatch(matches, budget);
    if (!match) break;
    if (sorter) sorter.add(match.bytes, 16, () => match.recordId);
    else found.push(match.recordId);
  }
  return sorter ? sorter.result() : found;
}

export function update(engine: Scope, command: Command): Promise<Reply> {
  const updates = statements(command, 'updates');
  return engine.write(command.body, () => {
    let n = 0;
    let nModified = 0;
    const upserted: Doc[] = [];
    const errors = runStatements(updates, isOrdered(command.body), (statement, index) => {
      const result = updateOne(engine, command, statement);
      n += result.matched;
      nModified += result.modified;
      if ('upsertedId' in result) {
        n++;
        upserted.push({ index, _id: result.upsertedId });
      }
    });
    return withErrors({ n, nModified, ...(upserted.length > 0 ? { upserted } : {}) }, errors);
  });
}

/** Removes a record and gives the bytes it had. */
export function removeRecord(
  engine: Scope,
  collection: CollectionMeta,
  recordId: number,
): Buffer | undefined {
  const bytes = engine.records.read(collection, recordId);
  if (!bytes) return undefined;
  const copy = Buffer.from(bytes);
  engine.records.remove(collection, recordId, copy.length, decodePromoted(copy));
  return copy;
}

function deleteSome(engine: Scope, command: Command, statement: Doc): number {
  checkCollation(statement.collation);
  const filter = filterOption(promote(statement.q), 'q');
  const matcher = compileFilter(filter, promote(letOption(command.body)) as Doc | undefined);
  const limit = numberOption(statement.limit, -1);
  if (limit !== 0 && limit !== 1)
    throw new CommandError(9, `The limit field in delete objects must be 0 or 1. Got ${limit}`);
  const collection = engine.catalog.find(command.db, collectionName(command));
  if (!collection) return 0;
  const found = collectMatches(engine, collection, {
    filter,
    matcher,
    sort: undefined,
    hint: promote(statement.hint),
    limit: limit === 1 ? 1 : Infinity,
    budget: new Budget(numberOption(command.body.maxTimeMS, 0), false),
  });
  let n = 0;
  for (const recordId of found) if (removeRecord(engine, collection, recordId)) n++;
  return n;
}

export function deleteCommand(engine: Scope, command: Command): Promise<Reply> {
  const deletes = statements(command, 'deletes');
  return engine.write(command.body, () => {
    let n = 0;
    const errors = runStatements(deletes, isOrdered(command.body), (statement) => {
      n += deleteSome(engine, command, statement);
    });
    return withErrors({ n }, errors);
  });
}
