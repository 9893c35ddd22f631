import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Environment } from '@portico/config';
import { MongoClient, type Db } from 'mongodb';
import { type LaunchedPlatform, apps, launchPlatform, prefixOf } from '@portico/launcher';
import type { MeasureOptions } from './measures.ts';
import type { Row } from './rows.ts';

export interface Bench {
  launched: LaunchedPlatform;
  url: string;
  /** The service's own database, and one for the bare driver on the same engine. */
  data: Db;
  scratch: Db;
}

/** A platform of the gateway, one service and the stores, each a process of its own, with data of its own. */
export async function withService(
  service: string,
  settings: Environment,
  { folder, environment, signal }: MeasureOptions,
  measure: (bench: Bench) => Promise<Row[]>,
): Promise<Row[]> {
  const others = apps.filter(({ name, kind }) => kind !== 'gateway' && name !== service);
  const prefixes = apps.filter(({ name }) => name === service).map(prefixOf);
  const database = `portico-bench-${randomUUID().slice(0, 8)}`;
  const launched = await launchPlatform({
    signal,
    dataDir: `${folder}/${database}`,
    environment: {
      ...environment,
      ...Object.fromEntries(others.map((app): [string, string] => [`${prefixOf(app)}INSTANCES`, '0'])),
      ...Object.fromEntries(
        prefixes.map((prefix): [string, string] => [`${prefix}MONGODB_DATABASE`, database]),
      ),
      PORT: '0',
      // One address sends all of it.
      RATE_LIMITS: 'off',
      REDIS_PREFIX: database,
      ...settings,
    } satisfies Environment,
  });
  const client = new MongoClient(launched.state.mongodb.uri, { writeConcern: { w: 'majority' } });
  const [data, scratch] = [client.db(database), client.db(`${database}-bare`)];
  try {
    await client.connect();
    return await measure({ launched, url: launched.state.gateway.url, data, scratch });
  } catch (error) {
    // The launcher looks for what the apps complain of twice a second.
    await wait(1000);
    throw new Error(`${(error as Error).message}\n${launched.printed.join('\n')}`, { cause: error });
  } finally {
    await launched.stop();
    // On somebody else's engine nothing is left.
    if (environment['MONGODB_URI'])
      await Promise.all([data, scratch].map((leftover) => leftover.dropDatabase()));
    await client.close();
  }
}
