import { decodeExact, encode, isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import type { Command, Reply, Scope } from '../engine.ts';
import { checkCollation, collectionName, filterOption, letOption, numberOption } from '../engine.ts';
import { CommandError } from '../errors.ts';
import { Budget } from '../query/budget.ts';
import { compileFilter } from '../query/matcher.ts';
import { compileProjection } from '../query/projection.ts';
import type { Projection } from '../query/projection.ts';
import type { CollectionMeta } from '../storage/catalog.ts';
import { compileUpdate } from '../update/compile.ts';
import { promote } from '../update/promote.ts';
import { applyUpdate, collectMatches, insertUpsert, removeRecord } from './writes.ts';

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

function run(engine: Scope, command: Command, request: Request): Doc {
  const { body } = command;
  const { filter, projection, wantsNew } = request;
  const name = collectionName(command);
  const variables = promote(letOption(body)) as Doc | undefined;
  const matcher = compileFilter(filter, variables);
  const collection = engine.catalog.find(command.db, name);
  const [recordId] = collection
    ? collectMatches(engine, collection, {
        filter,
        matcher,
        sort: promote(body.sort),
        hint: promote(body.hint),
        limit: 1,
        budget: new Budget(numberOption(promote(body.maxTimeMS), 0), false),
      })
    : [];
  if (body.remove === true) {
    const removed =
      collection && recordId !== undefined ? removeRecord(engine, collection, recordId) : undefined;
    const lastErrorObject = { n: removed ? 1 : 0 };
    return { lastErrorObject, value: removed ? shown(removed, projection) : null, ok: 1 };
  }
  const update = compileUpdate(
    { filter, update: body.update, arrayFilters: body.arrayFilters, variables, upsert: body.upsert === true },
    request.exactFilter,
  );
  if (collection && recordId !== undefined) {
    const read = engine.records.read(collection, recordId);
    const before = Buffer.from(read ?? encode({}));
    const after = applyUpdate(engine, collection, recordId, before, update).bytes;
    const value = shown(wantsNew ? after : before, projection);
    return { lastErrorObject: { n: 1, updatedExisting: true }, value, ok: 1 };
  }
  if (body.upsert !== true) return { lastErrorObject: { n: 0, updatedExisting: false }, value: null, ok: 1 };
  const target: CollectionMeta = collection ?? engine.catalog.create(command.db, name);
  const { bytes, id } = insertUpsert(engine, target, update);
  const value = wantsNew ? shown(bytes, projection) : null;
  return { lastErrorObject: { n: 1, updatedExisting: false, upserted: id }, value, ok: 1 };
}

export function findAndModify(engine: Scope, command: Command): Promise<Reply> {
  const request = parse(command.body);
  return engine.write(command.body, () => run(engine, command, request));
}
