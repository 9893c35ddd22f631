import type { AppError } from '@portico/envelope';
import type { Logger } from '@portico/service';

const perCauseMs = 1000;
const causesKept = 1000;

/** Logs why requests were answered with a 5xx: each cause once a second, with how many were alike since. */
export function createFailureLog(logger: Logger) {
  const causes = new Map<string, { until: number; alike: number }>();
  return (error: AppError, status: number, service: string, requestId: string): void => {
    const { cause, code } = error;
    const reason = cause instanceof Error ? cause.message : error.message;
    const key = `${service} ${code} ${reason}`;
    const now = performance.now();
    const known = causes.get(key);
    if (known && now < known.until) {
      known.alike += 1;
      return;
    }
    if (causes.size >= causesKept) causes.clear();
    causes.set(key, { until: now + perCauseMs, alike: 0 });
    const fields = { err: cause ?? error, requestId, service, status, error: code, alike: known?.alike ?? 0 };
    if (code === 'internal') logger.error(fields, 'request failed');
    else logger.warn(fields, 'request refused');
  };
}
