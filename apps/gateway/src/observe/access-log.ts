import { pino, type DestinationStream } from 'pino';

/** One answered request, in names from fixed lists and what the gateway made itself: nothing here can be a secret. */
export interface AccessEntry {
  requestId: string;
  ip: string;
  method: string;
  service: string;
  /** The row of the routing table, never the path. */
  route: string;
  status: number;
  ms: number;
}

export type AccessLog = (entry: AccessEntry) => void;

/**
 * Writes one line per request. A logger of its own, because cutting secrets out of objects by name, as the process's
 * logger does, costs more than all the rest of the line (30 of 35 microseconds) and here there is nothing to cut.
 */
export function createAccessLog(level: string, destination: DestinationStream): AccessLog {
  const logger = pino(
    {
      level,
      base: { app: 'gateway' },
      timestamp: isoTime(),
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return (entry) => logger.info(entry, 'request');
}

/** ISO time as pino writes it, with all but the milliseconds kept from line to line. */
function isoTime(): () => string {
  let second = -1;
  let beginning = '';
  return () => {
    const now = Date.now();
    const current = Math.floor(now / 1000);
    if (current !== second) {
      second = current;
      beginning = `,"time":"${new Date(now).toISOString().slice(0, 20)}`;
    }
    return `${beginning}${String(now % 1000).padStart(3, '0')}Z"`;
  };
}
