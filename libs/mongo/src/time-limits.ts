import type { MongoClientOptions } from 'mongodb';

/** How long a server that refuses connections is tried, in milliseconds: its callers are answered within 2 s. */
const selectionMs = 1000;
/** What is left for everything beside waiting. */
const spareMs = 200;
/** The least that the driver takes; also how soon a server that is back is used again. */
const heartbeatFrequencyMS = 500;

/**
 * The driver's time limits for a store that may be silent for `storeTimeoutMs`, stage by stage: `timeoutMS` has no effect
 * since driver 7.8, and before that mixed up the answers of operations (CVE-2026-119179). An operation on a silent store is
 * ended when the driver gives the server up, is tried once more, and then fails because no server can be selected. The
 * limits hold for one command, so that a cursor may live as long as it likes.
 */
export function timeLimits(storeTimeoutMs: number) {
  const serverSelectionTimeoutMS = Math.min(selectionMs, storeTimeoutMs / 5);
  const silenceMs = storeTimeoutMs - serverSelectionTimeoutMS - spareMs;
  return {
    serverSelectionTimeoutMS,
    heartbeatFrequencyMS,
    // The driver gives up a server that does not answer a heartbeat for this long and the time between two heartbeats.
    connectTimeoutMS: silenceMs - heartbeatFrequencyMS,
    waitQueueTimeoutMS: storeTimeoutMs - spareMs,
    socketTimeoutMS: storeTimeoutMs - spareMs,
    // The driver takes a connection that is not established in time for a sign of overload, and would wait as long again.
    maxAdaptiveRetries: 0,
  } satisfies MongoClientOptions;
}

/* Operations that may take longer than others on a store that works name one of these among their options. */

/** For reads whose cost grows with what is stored: searches, and orders and counts without an index. */
export const searchTime = { maxTimeMS: 8000, socketTimeoutMS: 10_000 };

/** For writes of thousands of documents. */
export const bulkTime = { socketTimeoutMS: 60_000 };

/** For indexes, which are built over all that is stored. */
export const indexTime = { socketTimeoutMS: 0 };
