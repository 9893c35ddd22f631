import type { Environment } from '@portico/config';
import type { App } from './apps.ts';
import { dataDirAt } from './data-dir.ts';
import { environmentOf } from './environment.ts';
import { keepSecrets } from './secrets.ts';
import { readState } from './state-file.ts';

/**
 * The environment in which a script of an app works on the running installation: its stores and its secrets.
 *
 * @throws when nothing runs on that folder
 */
export function environmentInside(app: App, dataDir: string, inherited: Environment): Environment {
  const { folder, secretsFile, stateFile } = dataDirAt(dataDir);
  const state = readState(stateFile);
  if (!state) throw new Error(`nothing is running on ${stateFile}: run npm start first, or set DATA_DIR`);
  return environmentOf({
    app,
    inherited,
    secrets: inherited['NODE_ENV'] === 'production' ? {} : keepSecrets(secretsFile, inherited),
    decided: { DATA_DIR: folder, MONGODB_URI: state.mongodb.uri, REDIS_URL: state.redis.url },
  });
}
