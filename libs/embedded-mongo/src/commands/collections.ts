import { encode } from '../bson.ts';
import type { Doc } from '../bson.ts';
import type { Command, Engine, Reply } from '../engine.ts';
import { checkCollation, collectionName, filterOption, findCollection } from '../engine.ts';
import { CommandError, unsupported } from '../errors.ts';
import { compileFilter } from '../query/matcher.ts';
import type { CollectionMeta } from '../storage/catalog.ts';
import { describe } from './indexes.ts';
import { Budget } from '../query/budget.ts';
import { firstBatch } from './find.ts';

/** Envelope fields of every command, and harmless options of create. */
const CREATE_OPTIONS = new Set(['create', 'comment', 'writeConcern', 'lsid', 'collation', 'autoIndexId']);
const isEnvelope = (name: string) => name.startsWith('$') || name === 'maxTimeMS' || name === 'apiVersion';

export function create(engine: Engine, command: Command): Promise<Reply> {
  const { body } = command;
  for (const [name, value] of Object.entries(body)) {
    if (CREATE_OPTIONS.has(name) || isEnvelope(name) || value === false) continue;
    throw unsupported(72, `the option '${name}' of create`);
  }
  checkCollation(body.collation);
  return engine.writes.run(() => {
    if (findCollection(engine, command)) {
      throw new CommandError(48, `Collection ${command.db}.${collectionName(command)} already exists.`);
    }
    engine.catalog.create(command.db, collectionName(command));
    return { ok: 1 };
  });
}

const nsOf = ({ db, name }: CollectionMeta) => `${db}.${name}`;

export function drop(engine: Engine, command: Command): Promise<Reply> {
  return engine.writes.run(() => {
    const collection = findCollection(engine, command);
    if (!collection) return { ok: 1 };
    engine.catalog.drop(collection);
    engine.cursors.killNamespace((ns) => ns === nsOf(collection));
    return { ns: nsOf(collection), nIndexesWas: collection.indexes.length, ok: 1 };
  });
}

export function dropDatabase(engine: Engine, command: Command): Promise<Reply> {
  return engine.writes.run(() => {
    for (const collection of engine.catalog.inDatabase(command.db)) engine.catalog.drop(collection);
    engine.cursors.killNamespace((ns) => ns.startsWith(`${command.db}.`));
    return { dropped: command.db, ok: 1 };
  });
}

export function renameCollection(engine: Engine, { body }: Command): Promise<Reply> {
  const split = (ns: unknown): [string, string] => {
    const text = typeof ns === 'string' ? ns : '';
    const dot = text.indexOf('.');
    if (dot < 1) throw new CommandError(73, `Invalid namespace: ${text}`);
    return [text.slice(0, dot), text.slice(dot + 1)];
  };
  const [fromDb, fromName] = split(body.renameCollection);
  const [toDb, toName] = split(body.to);
  return engine.writes.run(() => {
    const source = engine.catalog.find(fromDb, fromName);
    if (!source) throw new CommandError(26, `Source collection ${fromDb}.${fromName} does not exist`);
    const target = engine.catalog.find(toDb, toName);
    if (target && body.dropTarget !== true) throw new CommandError(48, 'target namespace exists');
    if (target) engine.catalog.drop(target);
    engine.cursors.killNamespace((ns) => ns === nsOf(source));
    engine.catalog.rename(source, toDb, toName);
    return { ok: 1 };
  });
}

function listed(engine: Engine, ns: string, documents: Doc[]): Reply | Promise<Reply> {
  const rest = documents.values();
  const stream = {
    next: () => {
      const { done, value } = rest.next();
      return done ? undefined : encode(value);
    },
    refresh: () => undefined,
  };
  return firstBatch(engine, ns, stream, { batchSize: Infinity, single: false, budget: new Budget(0, false) });
}

export function listCollections(engine: Engine, { db, body }: Command): Reply | Promise<Reply> {
  const matcher = compileFilter(filterOption(body.filter, 'filter'));
  const nameOnly = body.nameOnly === true;
  const documents = engine.catalog
    .inDatabase(db)
    .map((collection): Doc => {
      const base = { name: collection.name, type: 'collection' };
      const idIndex = collection.indexes.find(({ name }) => name === '_id_');
      if (nameOnly) return base;
      return {
        ...base,
        options: {},
        info: { readOnly: false, uuid: collection.uuid },
        ...(idIndex ? { idIndex: describe(idIndex) } : {}),
      };
    })
    .filter((document) => matcher.test(document));
  return listed(engine, `${db}.$cmd.listCollections`, documents);
}

export function listDatabases(engine: Engine, { body }: Command): Reply {
  const matcher = compileFilter(filterOption(body.filter, 'filter'));
  const sizes = new Map<string, number>();
  for (const { db, bytes } of engine.catalog.all()) sizes.set(db, (sizes.get(db) ?? 0) + bytes);
  const databases = [...sizes]
    .map(([name, sizeOnDisk]) => (body.nameOnly === true ? { name } : { name, sizeOnDisk, empty: false }))
    .filter((database) => matcher.test(database));
  const totalSize = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return {
    databases,
    ...(body.nameOnly === true ? {} : { totalSize, totalSizeMb: Math.floor(totalSize / 2 ** 20) }),
    ok: 1,
  };
}

export function collStats(engine: Engine, command: Command): Reply {
  const collection = findCollection(engine, command);
  const ns = `${command.db}.${collectionName(command)}`;
  const { count = 0, bytes = 0, indexes = [] } = collection ?? {};
  return {
    ns,
    count,
    size: bytes,
    avgObjSize: count > 0 ? Math.floor(bytes / count) : 0,
    storageSize: bytes,
    nindexes: indexes.length,
    totalIndexSize: 0,
    capped: false,
    ok: 1,
  };
}

export function dbStats(engine: Engine, { db }: Command): Reply {
  const collections = engine.catalog.inDatabase(db);
  const sum = (pick: (collection: CollectionMeta) => number) =>
    collections.reduce((total, c) => total + pick(c), 0);
  const objects = sum(({ count }) => count);
  const dataSize = sum(({ bytes }) => bytes);
  return {
    db,
    collections: collections.length,
    views: 0,
    objects,
    avgObjSize: objects > 0 ? dataSize / objects : 0,
    dataSize,
    storageSize: dataSize,
    indexes: sum(({ indexes }) => indexes.length),
    indexSize: 0,
    ok: 1,
  };
}
