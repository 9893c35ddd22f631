import type { Binary } from 'bson';
import { isDocument, decodePromoted, encode } from './bson.ts';
import type { Doc } from './bson.ts';
import { CommandError } from './errors.ts';
import { toNumber } from './keys/compare.ts';
import type { Store } from './storage/store.ts';

/** As MongoDB's localLogicalSessionTimeoutMinutes. */
export const KEEP_MS = 30 * 60_000;
const MAX_SESSIONS = 100_000;

/** The id of the session that a command names. */
export function sessionKey(body: Doc): Buffer {
  const id = isDocument(body.lsid) ? (body.lsid.id as Binary | undefined) : undefined;
  if (!id) throw new CommandError(72, 'txnNumber may only be provided with a session');
  return Buffer.from(id.buffer.subarray(0, id.position));
}

/**
 * The last retryable write of every session with its reply, written in the transaction of the write itself: a retry
 * after a lost answer, also across a crash, gets the same reply and changes nothing.
 */
export class RetryableWrites {
  readonly #store: Store;
  readonly #usedAt = new Map<string, number>();

  constructor(store: Store) {
    this.#store = store;
    for (const { key, value } of store.retry.getRange({})) {
      this.#usedAt.set(key.toString('latin1'), Buffer.from(value).readDoubleLE(8));
    }
  }

  /** The reply to an earlier run of the same write; call inside the transaction. Throws for a write that is too old. */
  replyTo(body: Doc): Buffer | undefined {
    if (body.txnNumber === undefined) return undefined;
    const number = toNumber(body.txnNumber);
    const last = this.last(sessionKey(body));
    if (last?.number === number) return last.reply;
    if (last && last.number > number) {
      throw new CommandError(
        225,
        `Retryable write with txnNumber ${number} is prohibited on session because a newer retryable write with txnNumber ${last.number} has already started on this session.`,
      );
    }
    return undefined;
  }

  /** Keeps the reply to a retryable write; call inside its transaction. */
  record(body: Doc, reply: Doc): void {
    if (body.txnNumber !== undefined) this.keep(sessionKey(body), toNumber(body.txnNumber), reply);
  }

  /** The last write or committed transaction of a session. */
  last(key: Buffer): { number: number; reply: Buffer } | undefined {
    const known = this.#store.retry.get(key);
    return known && { number: known.readDoubleLE(0), reply: known.subarray(16) };
  }

  /** Remembers what a session has done; call inside the transaction that does it. */
  keep(key: Buffer, number: number, reply: Doc): void {
    const head = Buffer.allocUnsafe(16);
    const now = Date.now();
    head.writeDoubleLE(number, 0);
    head.writeDoubleLE(now, 8);
    this.#store.retry.putSync(key, Buffer.concat([head, encode(reply)]));
    const name = key.toString('latin1');
    // The oldest sessions stand first, so that expiring them need not look at the others.
    this.#usedAt.delete(name);
    this.#usedAt.set(name, now);
  }

  /** Names of the sessions that are too old, or too many. */
  expired(now: number): string[] {
    const result: string[] = [];
    let surplus = this.#usedAt.size - MAX_SESSIONS;
    for (const [name, usedAt] of this.#usedAt) {
      if (now - usedAt <= KEEP_MS && surplus-- <= 0) break;
      result.push(name);
    }
    return result;
  }

  /** Removes sessions; call inside a transaction. */
  forget(names: readonly string[]): void {
    for (const name of names) {
      this.#store.retry.removeSync(Buffer.from(name, 'latin1'));
      this.#usedAt.delete(name);
    }
  }
}

/** A reply that may have been kept as bytes. */
export function asDocument(reply: Doc | Buffer): Doc {
  return Buffer.isBuffer(reply) ? decodePromoted(reply) : reply;
}
