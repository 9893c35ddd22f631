import { isDocument } from '../bson.ts';
import type { Doc } from '../bson.ts';
import type { Command, Engine, Reply } from '../engine.ts';
import { checkCollation, collectionName, filterOption, findCollection } from '../engine.ts';
import { CommandError, unsupported } from '../errors.ts';
import { toNumber } from '../keys/compare.ts';
import { compileFilter } from '../query/matcher.ts';
import { withPaths } from '../storage/catalog.ts';
import type { CollectionMeta, IndexMeta } from '../storage/catalog.ts';
import { encode } from '../bson.ts';
import { cursorReply } from '../wire/cursor-reply.ts';

const OPTIONS = new Set([
  'key',
  'name',
  'unique',
  'sparse',
  'partialFilterExpression',
  'expireAfterSeconds',
  'background',
  'v',
  'ns',
  'collation',
  'hidden',
]);
const MAX_INDEXES = 64;

type IndexSpec = Omit<IndexMeta, 'paths' | 'descending' | 'id'>;

function parseKey(key: unknown): Record<string, number> {
  if (!isDocument(key) || Object.keys(key).length === 0) {
    throw new CommandError(67, 'Index keys cannot be an empty object');
  }
  const parsed: Record<string, number> = {};
  for (const [path, direction] of Object.entries(key)) {
    if (typeof direction === 'string') {
      throw unsupported(67, `an index of type ${direction}`);
    }
    const number = toNumber(direction);
    if (!number) throw new CommandError(67, `Values in v:2 index key pattern cannot be 0 or not numbers`);
    if (path.split('.').includes('$**')) throw unsupported(67, 'a wildcard index');
    if (path === '' || path.split('.').some((name) => name === '' || name.startsWith('$'))) {
      throw new CommandError(
        67,
        `Index keys cannot contain an empty field or one that starts with $: '${path}'`,
      );
    }
    parsed[path] = number;
  }
  return parsed;
}

function parseSpec(spec: unknown): IndexSpec {
  if (!isDocument(spec)) throw new CommandError(14, 'indexes must be documents');
  for (const name of Object.keys(spec)) {
    if (!OPTIONS.has(name)) throw unsupported(197, `the index option ${name}`);
  }
  if (spec.hidden === true) throw unsupported(197, 'a hidden index');
  checkCollation(spec.collation);
  const key = parseKey(spec.key);
  const { name, partialFilterExpression, expireAfterSeconds } = spec;
  if (typeof name !== 'string' || name === '') {
    throw new CommandError(9, "The 'name' field is a required property of an index specification");
  }
  const index: IndexSpec = {
    name,
    key,
    unique: spec.unique === true,
    sparse: spec.sparse === true,
    multikey: Object.keys(key).map(() => false),
  };
  if (partialFilterExpression !== undefined) {
    if (index.sparse) throw new CommandError(67, 'cannot mix "partialFilterExpression" and "sparse" options');
    index.partialFilterExpression = filterOption(partialFilterExpression, 'partialFilterExpression');
    checkPartial(index.partialFilterExpression);
    compileFilter(index.partialFilterExpression);
  }
  if (expireAfterSeconds !== undefined) {
    const seconds = toNumber(expireAfterSeconds);
    if (!(seconds >= 0 && seconds <= 0x7fffffff)) {
      throw new CommandError(67, "TTL index 'expireAfterSeconds' option must be within an acceptable range");
    }
    if (Object.keys(key).length > 1)
      throw new CommandError(67, 'TTL indexes are single-field indexes, compound indexes do not support TTL');
    if (key._id !== undefined)
      throw new CommandError(
        197,
        "The field 'expireAfterSeconds' is not valid for an _id index specification",
      );
    index.expireAfterSeconds = seconds;
  }
  return index;
}

const PARTIAL_OPERATORS = new Set([
  '$eq',
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$exists',
  '$type',
  '$and',
  '$or',
  '$in',
]);

function checkPartial(filter: unknown): void {
  if (Array.isArray(filter)) filter.forEach(checkPartial);
  if (!isDocument(filter)) return;
  for (const [name, value] of Object.entries(filter)) {
    if (name.startsWith('$') && !PARTIAL_OPERATORS.has(name)) {
      throw new CommandError(67, `unsupported expression in partial index: ${name}`);
    }
    if (name === '$exists' && value !== true && value !== 1) {
      throw new CommandError(67, 'unsupported expression in partial index: $exists: false');
    }
    checkPartial(value);
  }
}

const sameKey = (a: IndexSpec, b: IndexSpec) =>
  JSON.stringify(Object.entries(a.key)) === JSON.stringify(Object.entries(b.key));
const optionsOf = ({ unique, sparse, partialFilterExpression, expireAfterSeconds }: IndexSpec) =>
  JSON.stringify({ unique, sparse, partialFilterExpression, expireAfterSeconds });
const partialOf = ({ partialFilterExpression }: IndexSpec) => JSON.stringify(partialFilterExpression);

/** True when the index is there already; an error when another one is in the way. */
function exists(collection: CollectionMeta, spec: IndexSpec): boolean {
  for (const index of collection.indexes) {
    const same = sameKey(index, spec) && partialOf(index) === partialOf(spec);
    if (same && index.name === '_id_') return true;
    if (index.name === spec.name) {
      if (same && optionsOf(index) === optionsOf(spec)) return true;
      throw new CommandError(
        86,
        `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${JSON.stringify(spec)}, existing index: ${JSON.stringify(describe(index))}`,
      );
    }
    if (same) {
      throw new CommandError(
        85,
        optionsOf(index) === optionsOf(spec)
          ? `Index already exists with a different name: ${index.name}`
          : `An equivalent index already exists with a different name and options. Requested index: ${JSON.stringify(spec)}, existing index: ${JSON.stringify(describe(index))}`,
      );
    }
  }
  return false;
}

/** A build is one part of many transactions; each of them ends after this. */
const SLICE_MS = 40;

interface Build {
  collection: CollectionMeta;
  added: IndexMeta[];
  /** The record that is next. */
  from: number | undefined;
  reply: Doc;
}

/** Adds the indexes that are missing: writes keep them from now on, and a crash leaves them to be removed. */
function beginBuild(engine: Engine, command: Command, specs: readonly IndexSpec[]): Build {
  const { catalog } = engine;
  const name = collectionName(command);
  const found = catalog.find(command.db, name);
  const collection = found ?? catalog.create(command.db, name);
  const before = collection.indexes.length;
  const added: IndexMeta[] = [];
  for (const spec of specs) {
    if (exists({ ...collection, indexes: [...collection.indexes, ...added] }, spec)) continue;
    if (before + added.length >= MAX_INDEXES)
      throw new CommandError(67, `add index fails, too many indexes for ${command.db}.${name}`);
    added.push(withPaths({ ...spec, id: catalog.takeId(), isBuilding: true }));
  }
  collection.indexes.push(...added);
  if (added.length > 0) {
    catalog.dropped.indexes.push(...added.map(({ id }) => id));
    catalog.saveDropped();
    catalog.saveSchema(collection);
  }
  const reply = {
    numIndexesBefore: before,
    numIndexesAfter: before + added.length,
    createdCollectionAutomatically: !found,
    ...(added.length === 0 ? { note: 'all indexes already exist' } : {}),
    ok: 1,
  };
  return { collection, added, from: 0, reply };
}

/** Builds for a while; what fails stays unreachable and is removed later. */
function goOnBuilding(engine: Engine, build: Build): Build {
  const { catalog, records } = engine;
  const { collection, added } = build;
  if (added.length === 0) return { ...build, from: undefined };
  const isCurrent = catalog.find(collection.db, collection.name) === collection;
  if (!isCurrent || !added.every((index) => collection.indexes.includes(index)))
    throw new CommandError(276, 'The index build was aborted: the collection or its indexes were dropped');
  const until = performance.now() + SLICE_MS;
  try {
    const from = records.build(collection, added, build.from ?? 0, () => performance.now() > until);
    if (from !== undefined) return { ...build, from };
  } catch (error) {
    collection.indexes = collection.indexes.filter((index) => !added.includes(index));
    catalog.saveSchema(collection);
    throw error;
  }
  for (const index of added) delete index.isBuilding;
  catalog.dropped.indexes = catalog.dropped.indexes.filter((id) => !added.some((index) => index.id === id));
  catalog.saveDropped();
  catalog.saveSchema(collection);
  return { ...build, from: undefined };
}

export function createIndexes(engine: Engine, command: Command): Promise<Reply> {
  if (!Array.isArray(command.body.indexes) || command.body.indexes.length === 0) {
    throw new CommandError(2, 'Must specify at least one index to create');
  }
  const specs = command.body.indexes.map(parseSpec);
  const run = async (): Promise<Reply> => {
    let build = await engine.writes.run(() => goOnBuilding(engine, beginBuild(engine, command, specs)));
    while (build.from !== undefined) {
      const current = build;
      build = await engine.writes.run(() => goOnBuilding(engine, current));
    }
    return build.reply;
  };
  // One at a time: the same index of a second client is there when its turn comes.
  const result = engine.builds.then(run);
  engine.builds = result.catch(() => undefined);
  return result;
}

export function describe(index: IndexMeta): Doc {
  const { key, name, unique, sparse, partialFilterExpression, expireAfterSeconds } = index;
  return {
    v: 2,
    key,
    name,
    ...(unique && name !== '_id_' ? { unique: true } : {}),
    ...(sparse ? { sparse: true } : {}),
    ...(partialFilterExpression ? { partialFilterExpression } : {}),
    ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds }),
  };
}

function missing(command: Command): CommandError {
  return new CommandError(26, `ns does not exist: ${command.db}.${collectionName(command)}`);
}

export function listIndexes(engine: Engine, command: Command): Reply {
  const collection = findCollection(engine, command);
  if (!collection) throw missing(command);
  const ns = `${collection.db}.${collection.name}`;
  return cursorReply(
    'firstBatch',
    collection.indexes.filter(({ isBuilding }) => !isBuilding).map((index) => encode(describe(index))),
    0,
    ns,
  );
}

function selectIndexes(collection: CollectionMeta, wanted: unknown): IndexMeta[] {
  if (wanted === '*') return collection.indexes.filter(({ name }) => name !== '_id_');
  const list = Array.isArray(wanted) ? wanted : [wanted];
  return list.map((item: unknown) => {
    const key = isDocument(item) ? JSON.stringify(Object.entries(item)) : undefined;
    const index = collection.indexes.find(({ name, key: have }) =>
      key === undefined ? name === item : JSON.stringify(Object.entries(have)) === key,
    );
    if (!index)
      throw new CommandError(
        27,
        `index not found with name [${typeof item === 'string' ? item : String(key)}]`,
      );
    if (index.name === '_id_') throw new CommandError(72, 'cannot drop _id index');
    return index;
  });
}

export function dropIndexes(engine: Engine, command: Command): Promise<Reply> {
  return engine.writes.run(() => {
    const collection = findCollection(engine, command);
    if (!collection) throw missing(command);
    const nIndexesWas = collection.indexes.length;
    const gone = selectIndexes(collection, command.body.index);
    collection.indexes = collection.indexes.filter((index) => !gone.includes(index));
    engine.catalog.dropped.indexes.push(...gone.map(({ id }) => id));
    engine.catalog.saveDropped();
    engine.catalog.saveSchema(collection);
    return { nIndexesWas, ok: 1 };
  });
}
