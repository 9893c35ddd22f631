import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { endProcess, freePort, launchMongo, type StoreLaunch } from '@portico/data-stores';
import { Schema } from 'mongoose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createMongo, searchTime, translateMongoError, type Mongo } from './index.ts';

/* A store of its own, which is frozen and killed; not the one that MONGODB_URI names. */
const dataDir = mkdtempSync(join(tmpdir(), 'portico-time-limits-'));
const storeTimeoutMs = 10_000;
/**
 * Only what misses the time limit is so late: the driver's own limits are 30 s and more, ours for a store that works
 * 40 s. The rest is left to a machine that is busy.
 */
const lateMs = 25_000;
let options: { dataDir: string; port: number; searchPath: string };
let launch: StoreLaunch;
let uri: string;
let mongo: Mongo;

const things = () => mongo.connection.collection<{ _id: number; n: number }>('things');

beforeAll(async () => {
  options = { dataDir, port: await freePort(), searchPath: inject('searchPath') };
  launch = launchMongo(options);
  uri = await launch.ready;
});
beforeEach(async () => {
  mongo = createMongo({ uri, database: 'limits', appName: 'test', storeTimeoutMs });
  mongo.connection.model('Thing', new Schema({ _id: Number, n: Number }, { collection: 'things' }));
  await mongo.open();
  await things().deleteMany({});
  await things().insertMany(Array.from({ length: 1000 }, (_, n) => ({ _id: n, n })));
});
afterEach(async () => {
  launch.child.kill('SIGCONT');
  await mongo.close();
});
afterAll(async () => {
  await endProcess(launch.child);
  rmSync(dataDir, { recursive: true, force: true });
});

/** How an operation failed, and after how long. */
async function failure(run: () => Promise<unknown>) {
  const begun = performance.now();
  const error: unknown = await run().then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  return { code: translateMongoError(error)?.code ?? String(error), ms: performance.now() - begun };
}

const operations = [
  ['a read', () => things().findOne({ _id: 1 })],
  ['a write', () => things().updateOne({ _id: 1 }, { $inc: { n: 1 } })],
  ['a bulk', () => things().bulkWrite([{ updateOne: { filter: { _id: 1 }, update: { $inc: { n: 1 } } } }])],
  [
    'an aggregation',
    () =>
      things()
        .aggregate([{ $match: { n: 3 } }])
        .toArray(),
  ],
] as const;

describe('a store that is silent', () => {
  it('fails each operation within the time limit', async () => {
    launch.child.kill('SIGSTOP');
    const failures = await Promise.all(operations.map(([, run]) => failure(run)));
    for (const [index, { code, ms }] of failures.entries()) {
      expect(code, operations[index]?.[0]).toBe('unavailable');
      expect(ms, operations[index]?.[0]).toBeLessThan(lateMs);
    }
    expect(await mongo.readiness()).toMatch(/\S/);
  });

  it('fails each of many operations in time when they wait for connections', async () => {
    launch.child.kill('SIGSTOP');
    const failures = await Promise.all(Array.from({ length: 120 }, () => failure(() => things().findOne())));
    // The driver lets the next two shake hands when the first two have failed, a moment before it gives the server up.
    const late = failures.filter(({ ms }) => ms > lateMs);
    expect(late.length).toBeLessThanOrEqual(2);
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['unavailable']));
  });

  it('fails a search in time although it may take longer than others', async () => {
    launch.child.kill('SIGSTOP');
    const { code, ms } = await failure(() => things().find({ n: 7 }, searchTime).toArray());
    expect({ code, inTime: ms < lateMs }).toEqual({ code: 'unavailable', inTime: true });
  });
});

describe('a store that refuses connections', () => {
  it('fails each operation in time, and serves again when it is back', async () => {
    const gone = new Promise((resolve) => launch.child.once('exit', resolve));
    launch.child.kill('SIGKILL');
    await gone;
    const failures = await Promise.all(operations.map(([, run]) => failure(run)));
    const later = await failure(() => things().findOne({ _id: 1 }));
    expect(Math.max(...[...failures, later].map(({ ms }) => ms))).toBeLessThan(lateMs);
    expect(later.code).toBe('unavailable');
    launch = launchMongo(options);
    await launch.ready;
    await expect
      .poll(() =>
        things()
          .countDocuments()
          .catch(() => 0),
      )
      .toBe(1000);
  });
});

describe('a store that is starved', () => {
  it('fails nothing when its answers and heartbeats are late', async () => {
    let isStarved = true;
    const answered = Array.from({ length: 8 }, () => 0);
    const starve = async () => {
      for (let round = 0; round < 3; round += 1) {
        launch.child.kill('SIGSTOP');
        await pause(storeTimeoutMs / 2);
        launch.child.kill('SIGCONT');
        const before = [...answered];
        await expect.poll(() => answered.every((n, client) => n > (before[client] ?? 0))).toBe(true);
      }
      isStarved = false;
    };
    const client = async (index: number) => {
      while (isStarved) {
        for (const [, run] of operations) await run();
        answered[index] = (answered[index] ?? 0) + 1;
      }
    };
    await Promise.all([starve(), ...answered.map((_n, index) => client(index))]);
  });

  it('does not cut a cursor that lives longer than the time limit', async () => {
    const cursor = things().find({}).sort({ _id: 1 }).batchSize(100);
    const seen: number[] = [];
    for await (const { _id } of cursor) {
      seen.push(_id);
      if (_id % 250 === 0) await pause(storeTimeoutMs / 2);
    }
    expect(seen).toHaveLength(1000);
  });

  it('does not cut the answer of a write that was sent again', async () => {
    launch.child.kill('SIGSTOP');
    const write = things().updateOne({ _id: 5 }, { $inc: { n: 1 } });
    await pause(storeTimeoutMs / 2);
    launch.child.kill('SIGCONT');
    expect(await write).toMatchObject({ modifiedCount: 1 });
    expect(await things().findOne({ _id: 5 })).toMatchObject({ n: 6 });
  });
});
