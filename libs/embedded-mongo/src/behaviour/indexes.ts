import assert from 'node:assert/strict';
import type { Document } from 'mongodb';
import { fails } from './case.ts';
import type { Case } from './case.ts';

/** What this server and MongoDB do alike: indexes. */
export const indexCases: Record<string, Case> = {
  async 'unique: 11000 with key and value; also compound, dotted and by update'({ fresh }) {
    const c = fresh();
    await c.createIndex({ 'p.a': 1, b: -1 }, { unique: true });
    await c.insertMany([
      { _id: 1, p: { a: 1 }, b: 1 },
      { _id: 2, p: { a: 1 }, b: 2 },
    ] as Document[]);
    const error = await fails(c.updateOne({ _id: 2 as never }, { $set: { b: 1 } }), 11000);
    assert.deepEqual(
      [error.keyPattern, error.keyValue],
      [
        { 'p.a': 1, b: -1 },
        { 'p.a': 1, b: 1 },
      ],
    );
    assert.match(
      error.message,
      /^E11000 duplicate key error collection: \S+ index: p.a_1_b_-1 dup key: \{ p.a: 1, b: 1 \}/,
    );
    await fails(c.findOneAndUpdate({ _id: 2 as never }, { $set: { b: 1 } }), 11000);
  },
  async 'sparse and partial unique indexes let other documents through'({ fresh }) {
    const c = fresh();
    await c.createIndex({ s: 1 }, { unique: true, sparse: true });
    await c.createIndex({ k: 1 }, { unique: true, partialFilterExpression: { active: true } });
    await c.insertMany([{ k: 1, active: true }, { k: 1, active: false }, { k: 1 }, {}]);
    await fails(c.insertOne({ k: 1, active: true }), 11000);
    await c.insertOne({ s: 1, k: 2 });
    await fails(c.insertOne({ s: 1, k: 3 }), 11000);
    assert.equal(await c.countDocuments({ k: 1 }), 3);
  },
  async 'multikey: elements are keys, parallel arrays are refused (171)'({ fresh }) {
    const c = fresh();
    await c.createIndex({ t: 1, u: 1 });
    await c.createIndex({ w: 1 }, { unique: true, sparse: true });
    await c.insertOne({ _id: 1 as never, t: ['a', 'b'], u: 1, w: [1, 2] });
    assert.equal(await c.countDocuments({ t: 'b', u: 1 }), 1);
    assert.equal((await c.find({ t: { $gte: 'a' } }).toArray()).length, 1);
    await fails(c.insertOne({ t: [1], u: [2] }), 171);
    await fails(c.insertOne({ w: [2, 3] }), 11000);
  },
  async 'building over duplicates leaves no index; conflicts are 85 and 86'({ fresh }) {
    const c = fresh();
    await c.insertMany([{ a: 1 }, { a: 1 }]);
    await fails(c.createIndex({ a: 1 }, { unique: true }), 11000);
    assert.equal((await c.indexes()).length, 1);
    await c.createIndex({ a: 1 });
    await fails(c.createIndex({ a: 1 }, { name: 'other' }), 85);
    await fails(c.createIndex({ b: 1 }, { name: 'a_1' }), 86);
    await fails(c.dropIndex('none'), 27);
    await c.dropIndex('a_1');
    assert.equal((await c.indexes()).length, 1);
  },
  async 'a hint names an index or is an error (2)'({ fresh }) {
    const c = fresh();
    await c.insertMany([{ a: 1 }, { a: 2 }]);
    await c.createIndex({ a: 1 });
    assert.equal((await c.find({ a: 1 }, { hint: { a: 1 } }).toArray()).length, 1);
    await fails(c.find({ a: 1 }, { hint: 'none' }).toArray(), 2);
  },
  async 'collections are listed, renamed and dropped'({ db, fresh }) {
    const c = fresh();
    await c.insertOne({ a: 1 });
    const renamed = await c.rename(`${c.collectionName}-renamed`);
    const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
    assert.ok(names.includes(renamed.collectionName) && !names.includes(c.collectionName));
    assert.equal(await renamed.countDocuments(), 1);
    assert.equal(await renamed.drop(), true);
    await fails(db.command({ nope: 1 }), 59);
  },
};
