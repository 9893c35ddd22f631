import type { Connection } from 'mongoose';

/** Hands out increasing integers, safe over any number of instances. */
export interface Sequence {
  /** Reserves `count` consecutive integers and answers the first. Gaps are left by whoever does not use them. */
  reserve(count?: number): Promise<number>;
}

interface Counter {
  _id: string;
  value: number;
}

/** A named counter in the `counters` collection, starting at 1. */
export function createSequence(connection: Connection, name: string): Sequence {
  return {
    async reserve(count = 1) {
      const counter = await connection
        .collection<Counter>('counters')
        .findOneAndUpdate(
          { _id: name },
          { $inc: { value: count } },
          { upsert: true, returnDocument: 'after' },
        );
      if (!counter) throw new Error(`counter ${name} was not returned`);
      return counter.value - count + 1;
    },
  };
}
