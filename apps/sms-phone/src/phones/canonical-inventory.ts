import type { Logger } from '@portico/service';
import { isDuplicateKey } from '@portico/mongo';
import mongoose from 'mongoose';
import type { Models } from '../models.ts';
import type { Phones } from './phones.ts';

const { trusted } = mongoose;
/** Sorts behind `+`, with which every canonical number begins, and before digits. */
const afterPlus = ',';

/**
 * Puts numbers that were imported in other spellings into E.164, in the inventory, in leases and in messages. Several
 * spellings of one SIM become one number, and of several leases of it for one project the first stays. May be done again.
 */
export async function canonicaliseInventory(
  models: Pick<Models, 'number' | 'lease' | 'message'>,
  phones: Pick<Phones, 'canonical'>,
  logger: Logger,
): Promise<void> {
  const spellings = async (model: 'number' | 'lease' | 'message', field: '_id' | 'phone' | 'to') => {
    const found: unknown[] = await (models[model] as mongoose.Model<object>)
      .distinct(field, { [field]: trusted({ $gte: afterPlus }) })
      .exec();
    return found
      .filter((phone): phone is string => typeof phone === 'string')
      .map((phone) => ({ phone, canonical: phones.canonical(phone) }))
      .filter(({ phone, canonical }) => canonical !== phone);
  };

  for (const { phone, canonical } of await spellings('number', '_id')) {
    const number = await models.number.findById(phone).lean().exec();
    if (!number) continue;
    const { _id, ...members } = number;
    const { upsertedCount } = await models.number.collection.updateOne(
      { _id: canonical as never },
      { $setOnInsert: members },
      { upsert: true },
    );
    await models.number.deleteOne({ _id }).exec();
    if (upsertedCount === 0) logger.warn({ phone, number: canonical }, 'two spellings of one number merged');
  }
  for (const { phone, canonical } of await spellings('lease', 'phone')) {
    for (const { _id } of await models.lease
      .find({ phone })
      .sort({ startedAt: 1 })
      .select('_id')
      .lean()
      .exec()) {
      try {
        await models.lease.updateOne({ _id }, { $set: { phone: canonical } }).exec();
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        logger.warn(
          { lease: _id, phone, number: canonical },
          'a number was leased twice: the later lease ends',
        );
        await models.lease.updateOne({ _id }, { $set: { phone: canonical }, $unset: { occupied: 1 } }).exec();
      }
    }
  }
  for (const { phone, canonical } of await spellings('message', 'to'))
    await models.message.updateMany({ to: phone }, { $set: { to: canonical } }).exec();
}
