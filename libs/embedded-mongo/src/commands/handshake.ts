import { ObjectId, Timestamp } from 'bson';
import type { Command, Engine, Reply } from '../engine.ts';

export const SET_NAME = 'portico';
const ELECTION_ID = new ObjectId('7fffffff0000000000000001');
const VERSION = '7.0.0';

/** This server as a replica set of one: sessions and retryable writes need one. */
export function hello(engine: Engine, { name }: Command): Reply {
  const { address } = engine;
  return {
    helloOk: true,
    ...(name === 'hello' ? { isWritablePrimary: true } : { ismaster: true }),
    secondary: false,
    setName: SET_NAME,
    setVersion: 1,
    electionId: ELECTION_ID,
    hosts: [address],
    me: address,
    primary: address,
    maxBsonObjectSize: 16 * 1024 * 1024,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    connectionId: 1,
    minWireVersion: 0,
    maxWireVersion: 21,
    readOnly: false,
    // No topologyVersion: without it drivers poll instead of waiting for a streamed answer.
    ok: 1,
  };
}

export function buildInfo(): Reply {
  return {
    version: VERSION,
    versionArray: [7, 0, 0, 0],
    gitVersion: 'portico-embedded',
    modules: [],
    sysInfo: 'embedded',
    bits: 64,
    debug: false,
    maxBsonObjectSize: 16 * 1024 * 1024,
    storageEngines: ['lmdb'],
    ok: 1,
  };
}

function transactionsOf({ transactions }: Engine): Reply {
  const { started, committed, aborted } = transactions.counts;
  return {
    currentOpen: transactions.open,
    totalStarted: started,
    totalCommitted: committed,
    totalAborted: aborted,
  };
}

export function serverStatus(engine: Engine): Reply {
  const uptime = (Date.now() - engine.startedAt) / 1000;
  const { rss, heapUsed } = process.memoryUsage();
  return {
    host: engine.address,
    version: VERSION,
    process: 'portico-embedded-mongo',
    pid: process.pid,
    uptime,
    localTime: new Date(),
    mem: { resident: Math.round(rss / 2 ** 20), heap: Math.round(heapUsed / 2 ** 20) },
    metrics: { cursor: { open: { total: engine.cursors.size } } },
    transactions: transactionsOf(engine),
    ok: 1,
  };
}

export function replSetGetStatus(engine: Engine): Reply {
  return {
    set: SET_NAME,
    myState: 1,
    members: [{ _id: 0, name: engine.address, health: 1, state: 1, stateStr: 'PRIMARY', self: true }],
    optimes: { lastCommittedOpTime: { ts: new Timestamp({ t: 1, i: 1 }), t: 1 } },
    ok: 1,
  };
}
