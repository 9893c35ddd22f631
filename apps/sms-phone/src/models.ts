import type { Connection } from 'mongoose';
import { partsModel } from './inbound/parts.model.ts';
import { leaseModel } from './leases/leases.model.ts';
import { postingModel } from './ledger/postings.model.ts';
import { walletModel } from './ledger/wallets.model.ts';
import { voucherModel } from './ledger/vouchers.model.ts';
import { messageModel } from './messages/messages.model.ts';
import { numberModel } from './numbers/numbers.model.ts';
import { projectModel } from './projects/projects.model.ts';
import { userModel } from './users/users.model.ts';

/** Everything this service stores, registered before the connection opens, so that its indexes are built. */
export const registerModels = (connection: Connection) => ({
  user: userModel(connection),
  wallet: walletModel(connection),
  posting: postingModel(connection),
  voucher: voucherModel(connection),
  project: projectModel(connection),
  number: numberModel(connection),
  lease: leaseModel(connection),
  message: messageModel(connection),
  parts: partsModel(connection),
});

export type Models = ReturnType<typeof registerModels>;
