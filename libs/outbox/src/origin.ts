import { Types } from 'mongoose';
import type { DeliveryJob } from '@portico/queue';

type Origin = NonNullable<DeliveryJob['origin']>;

/** Names a document in a job: a model's name and an id that survives JSON. */
export function originOf(model: { modelName: string }, id: unknown): Origin {
  if (id instanceof Types.ObjectId) return { model: model.modelName, id: { $oid: id.toHexString() } };
  if (typeof id === 'string' || typeof id === 'number') return { model: model.modelName, id };
  throw new Error(`the id of a ${model.modelName} is neither an ObjectId nor a string nor a number`);
}

/** The document's id as the database knows it. */
export function idOf({ id }: Origin): Types.ObjectId | string | number {
  if (typeof id === 'string' || typeof id === 'number') return id;
  const hex = (id as { $oid?: unknown } | null)?.$oid;
  if (typeof hex !== 'string') throw new Error('a result names no document');
  return new Types.ObjectId(hex);
}
