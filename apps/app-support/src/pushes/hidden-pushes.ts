import { Schema, type Connection, type Model } from 'mongoose';

/** A push that one user does not want to see any more. */
export interface HiddenPush {
  userId: number;
  pushId: number;
}

const schema = new Schema<HiddenPush>(
  { userId: { type: Number, required: true }, pushId: { type: Number, required: true } },
  { versionKey: false },
);
// What a user has hidden, each once.
schema.index({ userId: 1, pushId: 1 }, { unique: true });

export const hiddenPushModel = (connection: Connection): Model<HiddenPush> =>
  connection.model<HiddenPush>('HiddenPush', schema, 'hidden_pushes');

export function createHiddenPushStore(model: Model<HiddenPush>) {
  return {
    async of(userId: number): Promise<number[]> {
      const hidden = await model.find({ userId }).select('pushId').lean<HiddenPush[]>().exec();
      return hidden.map(({ pushId }) => pushId);
    },
    async hide(userId: number, pushIds: readonly number[]): Promise<void> {
      if (pushIds.length === 0) return;
      await model.bulkWrite(
        pushIds.map((pushId) => ({
          updateOne: {
            filter: { userId, pushId },
            update: { $setOnInsert: { userId, pushId } },
            upsert: true,
          },
        })),
        { ordered: false },
      );
    },
    removeAllOf: (userId: number) => model.deleteMany({ userId }).exec(),
  };
}

export type HiddenPushStore = ReturnType<typeof createHiddenPushStore>;
