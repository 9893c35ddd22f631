import { Gauge, type Registry } from 'prom-client';
import type { Outbox } from './outbox.ts';

/** `outbox_overdue_entries` and `outbox_oldest_seconds`: what the relay and the sweeper have not got out. */
export function outboxMetrics(registry: Registry, outbox: Outbox): void {
  const oldest = new Gauge({
    name: 'outbox_oldest_seconds',
    help: 'Age of the oldest notification that should have been enqueued or confirmed by now',
    registers: [registry],
  });
  const overdue: Gauge = new Gauge({
    name: 'outbox_overdue_entries',
    help: 'Notifications that should have been enqueued or confirmed by now, up to 1,000',
    registers: [registry],
    async collect() {
      try {
        const stats = await outbox.stats();
        overdue.set(stats.overdue);
        oldest.set(stats.oldestMs / 1000);
      } catch {
        // The store is away: readiness says so, the last values stand.
      }
    },
  });
}
