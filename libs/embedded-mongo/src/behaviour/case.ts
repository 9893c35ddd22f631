import assert from 'node:assert/strict';
import { MongoServerError } from 'mongodb';
import type { Collection, Db, Document } from 'mongodb';

/** What one case works on: a database of its own collections. */
export interface Bench {
  db: Db;
  /** A collection that no other case uses. */
  fresh: () => Collection<Document>;
}

export type Case = (bench: Bench) => Promise<void>;

export const ids = (docs: Document[]) => docs.map(({ _id }) => _id as unknown);
export const numbers = (length: number) => Array.from({ length }, (_, i) => i);

/** Expects a promise to fail with one of MongoDB's codes. */
export async function fails(promise: Promise<unknown>, code: number): Promise<MongoServerError> {
  const error: unknown = await promise.then(
    () => new Error(`no error, ${code} expected`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof MongoServerError)) throw error;
  assert.equal(error.code, code, error.message);
  return error;
}
