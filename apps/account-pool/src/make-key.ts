import { loadConfig } from '@portico/config';
import { createMongo, createSequence } from '@portico/mongo';
import { shape } from './config.ts';
import { createKeyStore } from './keys/keys.store.ts';
import { keyModel } from './keys/keys.model.ts';
import { everyOwner, scopes } from './keys/scopes.ts';

/* Makes the first key, which may make all others: `npm run account-pool:key`. */
const { MONGODB_URI, MONGODB_DATABASE } = shape;
const config = loadConfig('account-pool:key', { MONGODB_URI, MONGODB_DATABASE });
const mongo = createMongo({
  uri: config.MONGODB_URI,
  database: config.MONGODB_DATABASE ?? 'portico_account_pool',
  appName: 'account-pool:key',
});
const keys = createKeyStore({
  model: keyModel(mongo.connection),
  ids: createSequence(mongo.connection, 'keys'),
});
await mongo.open();
const { key } = await keys.create({ ownerId: everyOwner, scopes: [...scopes], expiresAt: null });
await mongo.close();
console.log(key);
