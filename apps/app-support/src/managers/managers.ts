import { isDuplicateKey, type Sequence } from '@portico/mongo';
import { Schema, type Connection, type Model } from 'mongoose';

/** The integer by which document 004 names an operator: theirs are customer-service's ids, which are none. */
export interface ManagerRecord {
  /** The operator's id at customer-service. */
  _id: string;
  managerId: number;
}

const schema = new Schema<ManagerRecord>(
  { _id: { type: String, required: true }, managerId: { type: Number, required: true } },
  { versionKey: false },
);

export const managerModel = (connection: Connection): Model<ManagerRecord> =>
  connection.model<ManagerRecord>('Manager', schema, 'managers');

export interface Managers {
  /** An operator's integer, given out at the first use. */
  idOf(operatorId: string): Promise<number>;
}

export function createManagers(model: Model<ManagerRecord>, ids: Sequence): Managers {
  const find = (operatorId: string) => model.findOne({ _id: operatorId }).lean<ManagerRecord>().exec();
  return {
    async idOf(operatorId) {
      const known = await find(operatorId);
      if (known) return known.managerId;
      try {
        const managerId = await ids.reserve();
        await model.create({ _id: operatorId, managerId });
        return managerId;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        // Another request was faster.
        return (await find(operatorId))?.managerId ?? 0;
      }
    },
  };
}
