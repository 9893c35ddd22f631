import { AppError } from '@portico/envelope';
import { containsText, type Page, type PageRequest } from '@portico/mongo';
import mongoose, { type Model, type Types } from 'mongoose';
import type { OperatorFilter } from './fields.ts';

const { trusted } = mongoose;

/** Searches read what they compare: they are cut off after this long. */
const searchMs = 5000;

/** An id in a path: anything else than 24 hexadecimal digits names nothing (contract: missing or malformed id). */
export const isObjectId = (id: string): boolean => /^[0-9a-f]{24}$/i.test(id);

/** What the refusals of one kind of object say. */
export interface Refusals {
  missing: string;
  foreign: string;
}

export const missing = (message: string) => new AppError('not_found', { message });

/**
 * The object of an owner.
 *
 * @throws AppError `not_found` where there is none, `permission_denied` where it is somebody else's
 */
export async function ownObject<Record_ extends { _id: Types.ObjectId }>(
  model: Model<Record_>,
  id: string,
  owner: object,
  refusals: Refusals,
): Promise<Record_> {
  if (!isObjectId(id)) throw missing(refusals.missing);
  const here = { _id: id, deletedAt: null };
  const own = await model
    .findOne({ ...here, ...owner } as object)
    .lean<Record_>()
    .exec();
  if (own) return own;
  if (await model.exists(here as object))
    throw new AppError('permission_denied', { message: refusals.foreign });
  throw missing(refusals.missing);
}

/** The object, whosever it is: for operators. @throws AppError `not_found` */
export async function anyObject<Record_ extends { _id: Types.ObjectId }>(
  model: Model<Record_>,
  id: string,
  message: string,
): Promise<Record_> {
  const found = isObjectId(id)
    ? await model
        .findOne({ _id: id, deletedAt: null } as object)
        .lean<Record_>()
        .exec()
    : null;
  if (!found) throw missing(message);
  return found;
}

/** A page of a list, newest first. */
export async function newestFirst<Record_ extends { _id: Types.ObjectId }>(
  model: Model<Record_>,
  filter: object,
  { skip, limit }: PageRequest,
): Promise<Page<Record_>> {
  // Engines that use an index for a sort only within a range of it do so here too.
  const here = { deletedAt: null, ...filter } as object;
  const [items, total] = await Promise.all([
    model.find(here).sort({ _id: -1 }).skip(skip).limit(limit).maxTimeMS(searchMs).lean<Record_[]>().exec(),
    model.countDocuments(here).maxTimeMS(searchMs).exec(),
  ]);
  return { items, total };
}

/** The conditions of an operators' search over some text fields. */
export function searchFilter(
  { q, created_from: from, created_to: to }: OperatorFilter,
  fields: readonly string[],
): object {
  const pattern = q ? containsText(q) : undefined;
  return {
    ...(pattern && { $or: fields.map((field) => ({ [field]: pattern })) }),
    ...((from ?? to) && { createdAt: trusted({ ...(from && { $gte: from }), ...(to && { $lt: to }) }) }),
  };
}
