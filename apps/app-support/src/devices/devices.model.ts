import { Schema, type Connection, type Model } from 'mongoose';

export const clientTypes = ['android', 'ios'] as const;
export type ClientType = (typeof clientTypes)[number];

/** A phone that gets pushes (document 004, push/bind). */
export interface DeviceRecord {
  _id: number;
  userId: number;
  /** Given out by the push service: its device token. */
  clientId: string;
  clientType: ClientType;
  switch: boolean;
  createdAt: Date;
  updatedAt: Date;
  /** When the client last said that it is there. */
  boundAt: Date;
}

const schema = new Schema<DeviceRecord>(
  {
    _id: { type: Number, required: true },
    userId: { type: Number, required: true },
    clientId: { type: String, required: true },
    clientType: { type: String, required: true },
    switch: { type: Boolean, default: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    boundAt: { type: Date, required: true },
  },
  { versionKey: false },
);
// Binding, reading and switching: a device is one user's at a time.
schema.index({ clientId: 1 }, { unique: true });
// The devices of users: a push to users, the limit per user, deleting an account.
schema.index({ userId: 1, _id: 1 });

export type DeviceModel = Model<DeviceRecord>;

export const deviceModel = (connection: Connection): DeviceModel =>
  connection.model<DeviceRecord>('Device', schema, 'devices');
