import type { Connection } from 'mongoose';
import { accountModel } from './accounts/accounts.model.ts';
import { auditModel } from './audit/audit.model.ts';
import { keyModel } from './keys/keys.model.ts';
import { idempotencyModel } from './leases/idempotency.model.ts';
import { batchModel, countModel } from './stats/counts.model.ts';

/** Everything this service stores, registered before the connection opens, so that its indexes are built. */
export const registerModels = (connection: Connection) => ({
  account: accountModel(connection),
  audit: auditModel(connection),
  batch: batchModel(connection),
  count: countModel(connection),
  idempotency: idempotencyModel(connection),
  key: keyModel(connection),
});

export type Models = ReturnType<typeof registerModels>;
