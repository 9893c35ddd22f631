import assert from 'node:assert/strict';
import { Decimal128, Double, Int32, Long, MongoBulkWriteError, ObjectId } from 'mongodb';
import type { Document } from 'mongodb';
import { fails, ids } from './case.ts';
import type { Case } from './case.ts';

/** What this server and MongoDB do alike: insert. */
export const insertCases: Record<string, Case> = {
  async 'insert keeps every BSON type and puts _id first'({ fresh }) {
    const c = fresh();
    const doc = {
      i: new Int32(1),
      d: new Double(1),
      l: Long.fromString('9007199254740993'),
      m: Decimal128.fromString('1.10'),
      at: new Date(5),
      n: null,
      a: [1, [2, { x: [] }]],
      s: 'ü€😀',
    };
    const { insertedId } = await c.insertOne({ ...doc, _id: new ObjectId() });
    const got = await c.findOne({ _id: insertedId }, { promoteValues: false });
    assert.deepEqual(Object.keys(got ?? {}), ['_id', ...Object.keys(doc)]);
    await c.updateOne({ _id: insertedId }, { $set: { other: 1 } });
    const after = await c.findOne({ _id: insertedId }, { promoteValues: false });
    assert.ok(after?.d instanceof Double && after.i instanceof Int32 && after.l instanceof Long);
    assert.equal(String(after.l), '9007199254740993');
    assert.equal(String(after.m), '1.10');
  },
  async 'ordered inserts stop at the first error, unordered ones go on'({ fresh }) {
    const c = fresh();
    const docs = [{ _id: 1 }, { _id: 1 }, { _id: 2 }] as Document[];
    const ordered = await fails(c.insertMany(docs), 11000);
    assert.ok(ordered instanceof MongoBulkWriteError && ordered.insertedCount === 1);
    const unordered = await fails(c.insertMany(docs, { ordered: false }), 11000);
    assert.ok(unordered instanceof MongoBulkWriteError);
    assert.deepEqual(ids(await c.find().sort({ _id: 1 }).toArray()), [1, 2]);
  },
};
