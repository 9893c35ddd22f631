import type { Sequence } from '@portico/mongo';
import { createAccountStore } from './accounts/accounts.store.ts';
import { createAuditStore } from './audit/audit.store.ts';
import { createKeyStore } from './keys/keys.store.ts';
import type { Models } from './models.ts';
import { createCountStore } from './stats/counts.store.ts';

/** The queries of all features. */
export const createStores = (models: Models, sequence: (name: string) => Sequence) => ({
  accounts: createAccountStore(models.account),
  audit: createAuditStore(models.audit),
  counts: createCountStore({ counts: models.count, batches: models.batch }),
  keys: createKeyStore({ model: models.key, ids: sequence('keys') }),
});

export type Stores = ReturnType<typeof createStores>;
