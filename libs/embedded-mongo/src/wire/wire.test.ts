import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { deserialize, serialize } from 'bson';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startEmbeddedMongo } from '../index.ts';
import type { EmbeddedMongo } from '../index.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { ask, header, opMsg, receive } from './raw-client.ts';

const directory = temporaryDirectory();
let mongo: EmbeddedMongo;
let socket: Socket;

beforeAll(async () => {
  mongo = await startEmbeddedMongo({ dataDir: directory.path });
  socket = createConnection(mongo.port, '127.0.0.1');
  await once(socket, 'connect');
});

afterAll(async () => {
  socket.destroy();
  await mongo.close();
  directory.remove();
});

test('the legacy handshake is answered with OP_REPLY', async () => {
  const query = Buffer.concat([
    Buffer.alloc(4),
    Buffer.from('admin.$cmd\0'),
    Buffer.from([0, 0, 0, 0, 255, 255, 255, 255]),
    serialize({ isMaster: 1, helloOk: true }),
  ]);
  const answer = receive(socket);
  socket.write(header(2004, query));
  const reply = await answer;
  expect(reply.readInt32LE(12)).toBe(1);
  expect(deserialize(reply.subarray(36))).toMatchObject({
    ismaster: true,
    setName: 'portico',
    maxWireVersion: 21,
    ok: 1,
  });
});

test('document sequences, a checksum and a message in small pieces', async () => {
  const message = opMsg(
    { insert: 'items', $db: 'wire' },
    { flags: 1, checksum: Buffer.alloc(4), sequences: { documents: [{ _id: 1 }, { a: 1, _id: 2 }] } },
  );
  const answer = receive(socket);
  for (let i = 0; i < message.length; i += 7) socket.write(message.subarray(i, i + 7));
  expect(deserialize((await answer).subarray(21))).toEqual({ n: 2, ok: 1 });
});

test('two messages in one packet are answered in order', async () => {
  const both = Buffer.concat([
    opMsg({ insert: 'items', documents: [{ _id: 3 }], $db: 'wire' }),
    opMsg({ count: 'items', $db: 'wire' }),
  ]);
  let received = Buffer.alloc(0);
  const collect = (chunk: Buffer) => (received = Buffer.concat([received, chunk]));
  socket.on('data', collect);
  socket.write(both);
  await vi.waitUntil(() => received.length > 0 && received.length > received.readInt32LE(0) + 16, {
    timeout: 120_000,
  });
  socket.off('data', collect);
  expect(deserialize(received.subarray(received.readInt32LE(0) + 21))).toEqual({ n: 3, ok: 1 });
});

test('an unacknowledged write gets no answer and is done', async () => {
  socket.write(
    opMsg({ insert: 'items', documents: [{ _id: 4 }], writeConcern: { w: 0 }, $db: 'wire' }, { flags: 2 }),
  );
  expect(await ask(socket, opMsg({ count: 'items', $db: 'wire' }))).toEqual({ n: 4, ok: 1 });
});

test('what is not there is refused by its code', async () => {
  expect(await ask(socket, opMsg({ nope: 1, $db: 'wire' }))).toMatchObject({
    ok: 0,
    code: 59,
    codeName: 'CommandNotFound',
  });
  expect(
    await ask(socket, opMsg({ find: 'items', filter: {}, collation: { locale: 'en' }, $db: 'wire' })),
  ).toMatchObject({ code: 2 });
  expect(await ask(socket, opMsg({ find: 'items', filter: { $where: '1' }, $db: 'wire' }))).toMatchObject({
    code: 2,
  });
  expect(await ask(socket, opMsg({ create: 'capped', capped: true, size: 1, $db: 'wire' }))).toMatchObject({
    code: 72,
  });
});

test('a message that is none ends the connection and nothing else', async () => {
  const bad = createConnection(mongo.port, '127.0.0.1');
  await once(bad, 'connect');
  bad.write(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
  await once(bad, 'close');
  expect(await ask(socket, opMsg({ ping: 1, $db: 'admin' }))).toEqual({ ok: 1 });
});

test('the driver watches the server and reads through its pool', async () => {
  const client = await new MongoClient(mongo.uri, { heartbeatFrequencyMS: 500, maxPoolSize: 4 }).connect();
  const counts = await Promise.all(
    Array.from({ length: 50 }, () => client.db('wire').collection('items').countDocuments()),
  );
  expect(new Set(counts)).toEqual(new Set([4]));
  await client.close();
});

test('listens on a Unix socket that only its owner may open, also after a kill left one behind', async () => {
  const dataDir = join(directory.path, 'closed');
  const socketPath = join(directory.path, 'mongo.sock');
  const left = createServer();
  await new Promise<void>((resolve) => left.listen(socketPath, resolve));
  const closed = await startEmbeddedMongo({ dataDir, socketPath });
  expect(statSync(socketPath).mode & 0o777).toBe(0o600);
  const client = await new MongoClient(closed.uri).connect();
  await client.withSession((session) =>
    session.withTransaction(() => client.db('wire').collection('items').insertOne({ a: 1 }, { session })),
  );
  expect(await client.db('wire').collection('items').countDocuments()).toBe(1);
  await client.close();
  await closed.close();
  expect(existsSync(socketPath)).toBe(false);
  left.close();
});

test('refuses a socket path that no driver could use', async () => {
  const dataDir = join(directory.path, 'refused');
  const start = (name: string) => startEmbeddedMongo({ dataDir, socketPath: join(directory.path, name) });
  await expect(start('mongo')).rejects.toThrow('.sock');
  await expect(start(`${'x'.repeat(100)}.sock`)).rejects.toThrow('longer than');
  writeFileSync(join(directory.path, 'file.sock'), 'mine');
  await expect(start('file.sock')).rejects.toThrow('no socket');
});
