import { catalogue, type AppError } from '@portico/envelope';
import type { Logger } from 'pino';

export interface Failure {
  error: AppError;
  /** What was thrown, before it was named. */
  thrown: unknown;
  requestId: string;
  route: string | undefined;
}

const everyMs = 1000;
/** Causes that are told apart; beyond them all are forgotten, which costs a line more. */
const maxCauses = 100;

/**
 * Logs every answer of 500 and above with its reason, once for each cause and second: a store that is unavailable fails
 * thousands of requests for one reason.
 */
export function createFailureLog(logger: Logger, now: () => number = Date.now): (failure: Failure) => void {
  const causes = new Map<string, { at: number; more: number }>();
  return ({ error, thrown, requestId, route }) => {
    if ((error.status ?? catalogue[error.code].status) < 500) return;
    const cause = reasonOf(thrown);
    const key = `${error.code} ${cause}`;
    const last = causes.get(key);
    if (last && now() - last.at < everyMs) {
      last.more += 1;
      return;
    }
    if (causes.size >= maxCauses) causes.clear();
    causes.set(key, { at: now(), more: 0 });
    const fields = {
      err: thrown,
      code: error.code,
      requestId,
      route,
      ...(last?.more && { more: last.more }),
    };
    if (error.code === 'internal') logger.error(fields, 'request failed');
    else logger.warn(fields, 'request not served');
  };
}

/** The innermost reason, in words. */
function reasonOf(thrown: unknown): string {
  let reason = thrown;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  return reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason);
}
