import { ObjectId } from 'bson';
import { decodeExact, decodePromoted, encode, idFirst, isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import type { Command, Reply, Scope } from '../engine.ts';
import { checkCollation, collectionName, filterOption, numberOption } from '../engine.ts';
import { CommandError, unsupported } from '../errors.ts';
import { YIELD } from '../query/budget.ts';
import { evaluateLet } from '../query/expressions.ts';
import { compileFilter } from '../query/matcher.ts';
import type { CollectionMeta } from '../storage/catalog.ts';
import { compileUpdate } from '../update/compile.ts';
import type { CompiledUpdate } from '../update/compile.ts';
import { cloneContainers, promote } from '../update/promote.ts';
import { findTarget, readTarget, scanTarget } from './targets.ts';
import type { Found, Target } from './targets.ts';
import { runBatch } from './write-batch.ts';
import type { Step } from './write-batch.ts';

/** So many scans a write of one document does while others take its finds from it. */
const MAX_ATTEMPTS = 10;

function openOrCreate(engine: Scope, command: Command): CollectionMeta {
  const name = collectionName(command);
  return engine.catalog.find(command.db, name) ?? engine.catalog.create(command.db, name);
}

/** Statements sent beside the body or inside it, decoded one by one with exact numbers. */
function statements(command: Command, name: string): { count: number; at: (index: number) => Doc } {
  const raw = command.sequences.get(name);
  if (raw) return { count: raw.length, at: (index) => decodeExact(raw[index] ?? Buffer.alloc(0)) };
  const inBody = command.body[name];
  if (!Array.isArray(inBody) || !inBody.every(isDocument)) {
    throw new CommandError(40414, `BSON field '${command.name}.${name}' is missing but a required field`);
  }
  return { count: inBody.length, at: (index) => inBody[index] ?? {} };
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
  return runBatch(engine, command, {
    count: documents.length,
    run(index) {
      const bytes = documents[index] ?? Buffer.alloc(0);
      const doc = decodePromoted(bytes);
      const collection = openOrCreate(engine, command);
      if (doc._id === undefined) {
        const withId = encode({ _id: new ObjectId(), ...decodeExact(bytes) });
        engine.records.insert(collection, withId, decodePromoted(withId));
      } else {
        checkId(doc._id);
        engine.records.insert(collection, idFirst(bytes), doc);
      }
      return { n: 1, nModified: 0 };
    },
    reply: ({ n }) => ({ n }),
  });
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

/**
 * Changes the documents of a target, as far as the slice goes. A scan that takes long is done outside the transaction,
 * and what it found is verified.
 */
function changeTarget(
  engine: Scope,
  command: Command,
  collection: CollectionMeta,
  options: {
    target: Target;
    rest: Found | undefined;
    isOver: () => boolean;
    change: (record: number, bytes: Buffer) => boolean;
  },
): Step<Found> {
  const { target, rest, isOver, change } = options;
  const rescan = (attempt: number) => () => scanTarget(engine, command, collection, target, attempt);
  const found = rest ?? findTarget(engine, command, collection, target);
  if (found === YIELD) return { n: 0, nModified: 0, scan: rescan(1) };
  const step: Step<Found> = { n: 0, nModified: 0 };
  for (let { at } = found; at < found.records.length; at++) {
    if (at > found.at && isOver()) return { ...step, rest: { ...found, at, verify: true } };
    const record = found.records[at] ?? 0;
    const bytes = readTarget(engine, collection, target, record, found.verify);
    if (!bytes) continue;
    step.n++;
    if (change(record, bytes)) step.nModified++;
  }
  const isLost = target.limit === 1 && found.records.length > 0 && step.n === 0;
  return isLost && found.attempt < MAX_ATTEMPTS ? { ...step, scan: rescan(found.attempt + 1) } : step;
}

const UPDATE_FIELDS = new Set(['q', 'u', 'arrayFilters', 'upsert', 'multi', 'collation', 'hint', 'sort']);

function updateStatement(
  engine: Scope,
  command: Command,
  statement: Doc,
  slice: { rest: Found | undefined; isOver: () => boolean },
): Step<Found> {
  for (const name of Object.keys(statement)) {
    if (name === 'c') throw unsupported(9, 'constants of an update');
    if (!UPDATE_FIELDS.has(name))
      throw new CommandError(40415, `BSON field 'update.updates.${name}' is an unknown field.`);
  }
  checkCollation(statement.collation);
  const filter = filterOption(promote(statement.q), 'q');
  const multi = statement.multi === true;
  if (multi && statement.sort !== undefined) throw new CommandError(9, 'Cannot specify sort with multi=true');
  const update = compileUpdate(
    { filter, update: statement.u, arrayFilters: statement.arrayFilters, multi },
    isDocument(statement.q) ? statement.q : {},
  );
  const target: Target = {
    filter,
    matcher: compileFilter(filter, evaluateLet(promote(command.body.let))),
    sort: promote(statement.sort),
    hint: promote(statement.hint),
    limit: multi ? Infinity : 1,
  };
  const existing = engine.catalog.find(command.db, collectionName(command));
  const step: Step<Found> = existing
    ? changeTarget(engine, command, existing, {
        ...slice,
        target,
        change: (record, bytes) => applyUpdate(engine, existing, record, bytes, update).changed,
      })
    : { n: 0, nModified: 0 };
  const isFirst = slice.rest === undefined || slice.rest.at === 0;
  const isDone = step.rest === undefined && !step.scan;
  if (isDone && isFirst && step.n === 0 && statement.upsert === true) {
    const collection = existing ?? openOrCreate(engine, command);
    return { n: 1, nModified: 0, upsertedId: insertUpsert(engine, collection, update).id };
  }
  return step;
}

export function update(engine: Scope, command: Command): Promise<Reply> {
  const updates = statements(command, 'updates');
  return runBatch<Found>(engine, command, {
    count: updates.count,
    run: (index, rest, isOver) => updateStatement(engine, command, updates.at(index), { rest, isOver }),
    reply: ({ n, nModified, upserted }) => ({
      n,
      nModified,
      ...(upserted.length > 0 ? { upserted } : {}),
    }),
  });
}

function deleteStatement(
  engine: Scope,
  command: Command,
  statement: Doc,
  slice: { rest: Found | undefined; isOver: () => boolean },
): Step<Found> {
  checkCollation(statement.collation);
  const filter = filterOption(promote(statement.q), 'q');
  const limit = numberOption(statement.limit, -1);
  if (limit !== 0 && limit !== 1)
    throw new CommandError(9, `The limit field in delete objects must be 0 or 1. Got ${limit}`);
  const target: Target = {
    filter,
    matcher: compileFilter(filter, evaluateLet(promote(command.body.let))),
    hint: promote(statement.hint),
    limit: limit === 1 ? 1 : Infinity,
  };
  const collection = engine.catalog.find(command.db, collectionName(command));
  if (!collection) return { n: 0, nModified: 0 };
  return changeTarget(engine, command, collection, {
    ...slice,
    target,
    change: (record) => removeRecord(engine, collection, record) !== undefined,
  });
}

export function deleteCommand(engine: Scope, command: Command): Promise<Reply> {
  const deletes = statements(command, 'deletes');
  return runBatch<Found>(engine, command, {
    count: deletes.count,
    run: (index, rest, isOver) => deleteStatement(engine, command, deletes.at(index), { rest, isOver }),
    reply: ({ n }) => ({ n }),
  });
}
