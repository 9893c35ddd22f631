import type { WalletModel, WalletRecord } from './wallets.model.ts';

/** A wallet with moves that are not in the ledger yet. */
export type PendingWallet = Pick<WalletRecord, '_id' | 'username' | 'entries'>;

const pageSize = 500;

/** The wallets with moves that are not in the ledger yet, those that wait longest first, a page at a time. */
export async function* pendingWallets(model: WalletModel, before?: Date): AsyncGenerator<PendingWallet[]> {
  const cursor = model.db
    .collection<WalletRecord>(model.collection.name)
    .find({ pendingSince: { $gt: new Date(0), ...(before && { $lt: before }) } })
    .sort({ pendingSince: 1 })
    .project<PendingWallet>({ username: 1, entries: 1 })
    .batchSize(pageSize);
  let page: PendingWallet[] = [];
  for await (const wallet of cursor) {
    page.push(wallet);
    if (page.length < pageSize) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
