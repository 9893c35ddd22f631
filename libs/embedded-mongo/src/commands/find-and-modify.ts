import { decodeExact, isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import type { Command, Reply, Scope } from '../engine.ts';
import { checkCollation, collectionName, filterOption } from '../engine.ts';
import { CommandError } from '../errors.ts';
import { YIELD } from '../query/budget.ts';
import { evaluateLet } from '../query/expressions.ts';
import { compileFilter } from '../query/matcher.ts';
import { compileProjection } from '../query/projection.ts';
import type { Projection } from '../query/projection.ts';
import type { CollectionMeta } from '../storage/catalog.ts';
import { compileUpdate } from '../update/compile.ts';
import { promote } from '../update/promote.ts';
import { findTarget, readTarget, scanTarget } from './targets.ts';
import type { Found, Target } from './targets.ts';
import { applyUpdate, insertUpsert, removeRecord } from './writes.ts';

/** The document as the client wants to see it, with its number types. */
function shown(bytes: Buffer, projection: Projection | undefined): Doc {
  return decodeExact(projection ? projection(bytes) : bytes);
}

interface Request {
  filter: Doc;
  exactFilter: Doc;
  projection: Projection | undefined;
  wantsNew: boolean;
}

function parse(body: Doc): Request {
  checkCollation(body.collation);
  if (body.remove === true && body.update !== undefined) {
    throw new CommandError(9, "Cannot specify both an 'update' and 'remove'=true");
  }
  if (body.remove === true && body.new === true) {
    throw new CommandError(
      9,
      "Cannot specify both 'new'=true and 'remove'=true; 'remove' always returns the deleted document",
    );
  }
  if (body.remove !== true && body.update === undefined) {
    throw new CommandError(9, "Either an 'update' or 'remove'=true must be specified");
  }
  const filter = filterOption(promote(body.query), 'query');
  return {
    filter,
    exactFilter: isDocument(body.query) ? body.query : {},
    projection: compileProjection(promote(body.fields), filter),
    wantsNew: body.new === true,
  };
}

/** So many scans are done while others take from them what they found. */
const MAX_ATTEMPTS = 10;

/** The document that the command is about, or how to look for it outside the transaction. */
function locate(
  engine: Scope,
  command: Command,
  collection: CollectionMeta | undefined,
  target: Target,
  found: Found | undefined,
): { record: number; before: Buffer } | (() => Promise<Found>) | undefined {
  if (!collection) return undefined;
  const current = found ?? findTarget(engine, command, collection, target);
  const rescan = (attempt: number) => () => scanTarget(engine, command, collection, target, attempt);
  if (current === YIELD) return rescan(1);
  const [record] = current.records;
  if (record === undefined) return undefined;
  const before = readTarget(engine, collection, target, record, current.verify);
  if (before) return { record, before };
  return current.attempt < MAX_ATTEMPTS ? rescan(current.attempt + 1) : undefined;
}

function run(
  engine: Scope,
  command: Command,
  request: Request,
  found: Found | undefined,
): Doc | (() => Promise<Found>) {
  const { body } = command;
  const { filter, projection, wantsNew } = request;
  const name = collectionName(command);
  const collection = engine.catalog.find(command.db, name);
  const target: Target = {
    filter,
    matcher: compileFilter(filter, evaluateLet(promote(body.let))),
    sort: promote(body.sort),
    hint: promote(body.hint),
    limit: 1,
  };
  const located = locate(engine, command, collection, target, found);
  if (typeof located === 'function') return located;
  if (body.remove === true) {
    const removed = collection && located ? removeRecord(engine, collection, located.record) : undefined;
    const lastErrorObject = { n: removed ? 1 : 0 };
    return { lastErrorObject, value: removed ? shown(removed, projection) : null, ok: 1 };
  }
  const update = compileUpdate(
    { filter, update: body.update, arrayFilters: body.arrayFilters },
    request.exactFilter,
  );
  if (collection && located) {
    const { record, before } = located;
    const after = applyUpdate(engine, collection, record, before, update).bytes;
    const value = shown(wantsNew ? after : before, projection);
    return { lastErrorObject: { n: 1, updatedExisting: true }, value, ok: 1 };
  }
  if (body.upsert !== true) return { lastErrorObject: { n: 0, updatedExisting: false }, value: null, ok: 1 };
  const created: CollectionMeta = collection ?? engine.catalog.create(command.db, name);
  const { bytes, id } = insertUpsert(engine, created, update);
  const value = wantsNew ? shown(bytes, projection) : null;
  return { lastErrorObject: { n: 1, updatedExisting: false, upserted: id }, value, ok: 1 };
}

export async function findAndModify(engine: Scope, command: Command): Promise<Reply> {
  const request = parse(command.body);
  let found: Found | undefined;
  for (;;) {
    const reply = await engine.write(() => {
      const known = engine.retries?.replyTo(command.body);
      if (known) return known;
      const result = run(engine, command, request, found);
      if (typeof result !== 'function') engine.retries?.record(command.body, result);
      return result;
    });
    if (typeof reply !== 'function') return reply;
    found = await reply();
  }
}
