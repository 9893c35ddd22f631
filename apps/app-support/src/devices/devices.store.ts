import { isDuplicateKey, type Sequence } from '@portico/mongo';
import mongoose from 'mongoose';
import type { ClientType, DeviceModel, DeviceRecord } from './devices.model.ts';

export interface DeviceStoreOptions {
  model: DeviceModel;
  ids: Sequence;
}

/** More devices than a person has; the ones bound longest ago give way. A push's page can hold one user's devices. */
export const maxDevices = 20;

/** Devices as a push needs them. */
export type PushTarget = Pick<DeviceRecord, '_id' | 'userId' | 'clientId' | 'clientType'>;

const targetFields = 'userId clientId clientType';

/** The queries about devices; those of users carry the owner. */
export function createDeviceStore({ model, ids }: DeviceStoreOptions) {
  /** Changes a device that is there. The switch is its user's: with another user it is on again. */
  async function rebind(userId: number, clientId: string, clientType: ClientType, now: Date) {
    const change = { clientType, updatedAt: now, boundAt: now };
    const own = await model
      .findOneAndUpdate({ clientId, userId }, { $set: change }, { returnDocument: 'after' })
      .lean<DeviceRecord>()
      .exec();
    if (own) return own;
    return model
      .findOneAndUpdate(
        { clientId },
        { $set: { ...change, userId, switch: true } },
        { returnDocument: 'after' },
      )
      .lean<DeviceRecord>()
      .exec();
  }

  async function insert(userId: number, clientId: string, clientType: ClientType, now: Date) {
    const times = { createdAt: now, updatedAt: now, boundAt: now };
    const device = { _id: await ids.reserve(), userId, clientId, clientType, switch: true, ...times };
    try {
      await model.create(device);
      return device;
    } catch (error) {
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
  }

  return {
    /** The device is this user's from now on, whosever it was. */
    async bind(userId: number, clientId: string, clientType: ClientType): Promise<DeviceRecord> {
      const now = new Date();
      for (;;) {
        // Two that bind at once: the slower of the inserts finds what the faster made.
        const device =
          (await rebind(userId, clientId, clientType, now)) ??
          (await insert(userId, clientId, clientType, now));
        if (device) return device;
      }
    },
    async dropBeyondLimit(userId: number): Promise<void> {
      const devices = await model
        .find({ userId })
        .select('boundAt')
        .lean<Pick<DeviceRecord, '_id' | 'boundAt'>[]>()
        .exec();
      if (devices.length <= maxDevices) return;
      const newestFirst = devices.sort((a, b) => b.boundAt.getTime() - a.boundAt.getTime() || b._id - a._id);
      const surplus = newestFirst.slice(maxDevices).map(({ _id }) => _id);
      await model.deleteMany({ userId, _id: mongoose.trusted({ $in: surplus }) }).exec();
    },
    find: (userId: number, clientId: string) =>
      model.findOne({ clientId, userId }).lean<DeviceRecord>().exec(),
    list: (userId: number) => model.find({ userId }).sort({ _id: 1 }).lean<DeviceRecord[]>().exec(),
    async setSwitch(userId: number, clientId: string, isOn: boolean): Promise<boolean> {
      const { matchedCount } = await model
        .updateOne({ clientId, userId }, { $set: { switch: isOn, updatedAt: new Date() } })
        .exec();
      return matchedCount === 1;
    },
    async unbind(userId: number, clientId: string): Promise<boolean> {
      const { deletedCount } = await model.deleteOne({ clientId, userId }).exec();
      return deletedCount === 1;
    },
    removeAllOf: (userId: number) => model.deleteMany({ userId }).exec(),
    /** Forgets devices that their push service does not know, unless they were bound again since. */
    async removeInvalid(invalid: readonly { id: number; at: Date }[]): Promise<void> {
      if (invalid.length === 0) return;
      await model.bulkWrite(
        invalid.map(({ id, at }) => ({
          deleteOne: { filter: { _id: id, boundAt: mongoose.trusted({ $lte: at }) } },
        })),
        { ordered: false },
      );
    },

    /** The highest id there is: what a push to all has to reach. */
    async lastId(): Promise<number> {
      const last = await model.findOne().sort({ _id: -1 }).select('_id').lean<{ _id: number }>().exec();
      return last?._id ?? 0;
    },
    /** The next devices whose switch may be on, by id. */
    after: (id: number, upTo: number, limit: number) =>
      model
        .find({ _id: mongoose.trusted({ $gt: id, $lte: upTo }) })
        .sort({ _id: 1 })
        .limit(limit)
        .select(`${targetFields} switch`)
        .lean<(PushTarget & Pick<DeviceRecord, 'switch'>)[]>()
        .exec(),
    /** Devices of these users. */
    ofUsers: (userIds: readonly number[], upTo: number) =>
      model
        .find({
          userId: mongoose.trusted({ $in: [...userIds] }),
          _id: mongoose.trusted({ $lte: upTo }),
        })
        .select(`${targetFields} switch`)
        .lean<(PushTarget & Pick<DeviceRecord, 'switch'>)[]>()
        .exec(),
  };
}

export type DeviceStore = ReturnType<typeof createDeviceStore>;
