import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { testStores } from '@portico/testing';
import { Schema } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  containsText,
  createMongo,
  createSequence,
  isDuplicateKey,
  pageCount,
  pageNumber,
  translateMongoError,
} from './index.ts';

const stores = testStores();
const mongo = createMongo({ uri: stores.mongodbUri, database: stores.database, appName: 'test' });
const things = mongo.connection.model(
  'Thing',
  new Schema({ name: { type: String, unique: true } }, { collection: 'things', versionKey: false }),
);

beforeAll(() => mongo.open());
afterAll(() => mongo.close());

describe('sequences', () => {
  it('never hand out a number twice, whoever asks', async () => {
    const one = createSequence(mongo.connection, 'a');
    const other = createSequence(mongo.connection, 'a');
    const starts = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? one : other).reserve(5)));
    expect([...starts].sort((x, y) => x - y)).toEqual(Array.from({ length: 40 }, (_, i) => i * 5 + 1));
  });
});

describe('errors', () => {
  it('knows a broken unique index, which exists once the connection is open', async () => {
    await things.create({ name: 'x' });
    const error: unknown = await things.create({ name: 'x' }).catch((thrown: unknown) => thrown);
    expect(isDuplicateKey(error)).toBe(true);
    expect(translateMongoError(error)).toBeUndefined();
  });

  it('lets no operator of a client into a filter', async () => {
    const fromClient = { $ne: null } as unknown as string;
    await expect(things.findOne({ name: fromClient })).rejects.toThrow();
  });

  it('refuses a filter on an unknown field instead of matching everything', async () => {
    await expect(things.findOne({ nmae: 'x' } as object)).rejects.toThrow(/nmae/);
  });
});

describe('a server that is away', () => {
  const { hostname, port } = new URL(stores.mongodbUri.replace(/^mongodb:/, 'http:'));
  const sockets = new Set<Socket>();
  let forwarder: Server;
  /** Forwards a port to the real server, so that the test can take the server away and bring it back. */
  const listen = (at: number) =>
    new Promise<number>((resolve) => {
      forwarder = createServer((client) => {
        const server = connect(Number(port), hostname);
        for (const socket of [client, server]) {
          sockets.add(socket);
          socket.on('error', () => socket.destroy());
        }
        client.pipe(server).pipe(client);
      });
      forwarder.listen(at, '127.0.0.1', () => resolve((forwarder.address() as AddressInfo).port));
    });
  const takeAway = async () => {
    const closed = new Promise((resolve) => forwarder.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  it('is answered with unavailable, and comes back without a restart', async () => {
    const at = await listen(0);
    await takeAway();
    const errors: unknown[] = [];
    const remote = createMongo({
      uri: `mongodb://127.0.0.1:${at}/?directConnection=true`,
      database: stores.database,
      appName: 'test',
      onError: (error) => errors.push(error),
    });
    const model = remote.connection.model('Thing', things.schema, 'things');
    const find = () => model.findOne({ name: 'x' }).lean();

    const opened = remote.open();
    await expect.poll(() => errors.length).toBeGreaterThan(0);
    expect(await remote.readiness()).toBe('not connected');
    expect(translateMongoError(await find().catch((error: unknown) => error))?.code).toBe('unavailable');

    await listen(at);
    await opened;
    expect(await remote.readiness()).toBeUndefined();
    expect(await find()).toMatchObject({ name: 'x' });

    await takeAway();
    expect(translateMongoError(await find().catch((error: unknown) => error))?.code).toBe('unavailable');

    await listen(at);
    await expect.poll(() => find().catch(() => null)).toMatchObject({ name: 'x' });
    await remote.close();
    await takeAway();
  });
});

describe('a standalone server', () => {
  it('is refused with what to do', async () => {
    const { hostname, port } = new URL(stores.mongodbUri.replace(/^mongodb:/, 'http:'));
    // The same server, whose answers do not name its replica set.
    const forwarder = createServer((client) => {
      const server = connect(Number(port), hostname);
      const hideSet = (bytes: Buffer) =>
        Buffer.from(bytes.toString('latin1').replace('setName', 'setNone'), 'latin1');
      client.on('data', (bytes) => server.write(bytes)).on('close', () => server.destroy());
      server.on('data', (bytes) => client.write(hideSet(bytes))).on('close', () => client.destroy());
      for (const socket of [client, server]) socket.on('error', () => socket.destroy());
    });
    await new Promise<void>((resolve) => forwarder.listen(0, '127.0.0.1', resolve));
    const uri = `mongodb://127.0.0.1:${(forwarder.address() as AddressInfo).port}/?directConnection=true`;
    const standalone = createMongo({ uri, database: stores.database, appName: 'shop' });
    await expect(standalone.open()).rejects.toThrow(/^shop cannot start:\n {2}MONGODB_URI: .*--replSet/);
    await standalone.close();
    forwarder.close();
  });
});

describe('paging', () => {
  it('counts from page 1', () => {
    expect(pageNumber(3, 20)).toEqual({ skip: 40, limit: 20 });
    expect([pageCount(0, 10), pageCount(10, 10), pageCount(11, 10)]).toEqual([0, 1, 2]);
  });

  it('searches for what was typed, not for a pattern', () => {
    expect(containsText('a.c*').test('xA.C*x')).toBe(true);
    expect(containsText('a.c*').test('abc')).toBe(false);
  });

  it('refuses a NUL, which the store would refuse as a defect', () => {
    expect(() => containsText('a\0b')).toThrow(expect.objectContaining({ code: 'invalid_params' }) as Error);
  });
});
