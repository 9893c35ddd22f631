import type { mongo } from 'mongoose';
import type { DeliveryResult } from '@portico/queue';
import type { OutboxSource } from './outbox.ts';
import { idOf } from './origin.ts';

/**
 * Removes confirmed entries, with whatever the source writes beside it. A write applies only while all its entries
 * are still there, so a batch that is told twice changes nothing the second time; where a batch overlaps with an
 * earlier one, its results are tried one by one.
 */
export async function confirmWrites(
  sources: readonly OutboxSource[],
  results: readonly DeliveryResult[],
): Promise<void> {
  for (const source of sources) {
    const told = results.filter(({ origin }) => origin?.model === source.model.modelName);
    // A batch may tell the same twice; it counts once.
    const own = [...new Map(told.map((result) => [result.outboxId, result])).values()];
    if (own.length === 0) continue;
    const documents = [...Map.groupBy(own, ({ origin }) => JSON.stringify(origin)).values()];
    const matched = await write(source, documents);
    const partly = documents.filter((group) => group.length > 1);
    if (matched < documents.length && partly.length > 0) {
      await write(
        source,
        partly.flat().map((result) => [result]),
      );
    }
  }
}

async function write({ model, confirm }: OutboxSource, groups: readonly DeliveryResult[][]): Promise<number> {
  const operations = groups.map((group): mongo.AnyBulkWriteOperation => {
    const ids = group.map(({ outboxId }) => outboxId);
    const [first] = group;
    if (!first?.origin) throw new Error('a result without an origin');
    return {
      updateOne: {
        filter: { _id: idOf(first.origin) as mongo.ObjectId, 'outbox._id': { $all: ids } },
        update: { ...confirm?.(group), $pull: { outbox: { _id: { $in: ids } } } } as never,
      },
    };
  });
  const { matchedCount } = await model.collection.bulkWrite(operations as never[], { ordered: false });
  return matchedCount;
}
