import type { MongoClientOptions } from 'mongodb';

/** How long a server that refuses connections is tried, in milliseconds: its callers are answered within 2 s. */
const selectionMs = 500;
/** What is left for everything beside waiting. */
const spareMs = 200;
/** The least that the driver takes; also how soon a server that is back is used again. */
const heartbeatFrequencyMS = 500;

/**
 * The driver's time limits for a store that may be silent for `storeTimeoutMs`, stage by stage: `timeoutMS` has no effect
 * since driver 7.8, and before that mixed up the answers of operations (CVE-2026-119179).
 *
 * A server that answers neither heartbeats nor handshakes is given up by the driver: operations on it are ended, tried once
 * more, and fail because no server can be selected. A server that answers those works, however busy it is, and its
 * operations may take several times as long. The limits hold for one command, so that a cursor may live as long as it likes.
 */
export function timeLimits(storeTimeoutMs: number) {
  const serverSelectionTimeoutMS = Math.min(selectionMs, storeTimeoutMs / 5);
  const silenceMs = storeTimeoutMs - serverSelectionTimeoutMS - spareMs;
  return {
    serverSelectionTimeoutMS,
    heartbeatFrequencyMS,
    // A heartbeat is given up after this and the time between two heartbeats, a handshake after this.
    connectTimeoutMS: silenceMs - heartbeatFrequencyMS,
    // The driver takes a handshake that is late for a sign of overload, and would wait as long again.
    maxAdaptiveRetries: 0,
    waitQueueTimeoutMS: 4 * storeTimeoutMs,
    socketTimeoutMS: 4 * storeTimeoutMs,
  } satisfies MongoClientOptions;
}

/* Operations that may take longer than others on a store that works name one of these among their options. */

/** For reads whose cost grows with what is stored: searches, and orders and counts without an index. */
export const searchTime = { maxTimeMS: 8000 };

/** For writes of thousands of documents. */
export const bulkTime = { socketTimeoutMS: 60_000 };

/** For indexes, which are built over all that is stored. */
export const indexTime = { socketTimeoutMS: 0 };
