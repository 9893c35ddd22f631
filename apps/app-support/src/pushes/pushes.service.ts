import type { Logger } from '@portico/service';
import { AppError, invalidField } from '@portico/envelope';
import type { Page, PageRequest } from '@portico/mongo';
import type { FanOut } from './fan-out.ts';
import type { PushPageStore } from './push-pages.store.ts';
import { everybody, pushScope, pushStatus, type PushRecord } from './pushes.model.ts';
import type { NewPush, PushStore } from './pushes.store.ts';

export interface PushServiceOptions {
  store: PushStore;
  pages: PushPageStore;
  fanOut: FanOut;
  logger: Logger;
}

export type ComposedPush = Omit<NewPush, 'audience'> & { userIds: readonly number[] };

/** A time that has passed by less was meant as now. */
const lateMs = 60_000;

/** Pushes as operators handle them. */
export function createPushService({ store, pages, fanOut, logger }: PushServiceOptions) {
  const wake = () =>
    void fanOut.wake().catch((error: unknown) => logger.warn({ err: error }, 'fan-out not started yet'));

  /** Counts as they are now: while work goes on they stand in the pages. */
  /** With the counts as they are now. */
  const counted = async (push: PushRecord): Promise<PushRecord> => ({
    ...push,
    counts: await pages.total(push),
  });

  async function find(id: number): Promise<PushRecord> {
    const push = await store.find(id);
    if (!push) throw new AppError('not_found');
    return push;
  }

  return {
    async compose({ userIds, ...push }: ComposedPush): Promise<PushRecord> {
      if (push.scheduledAt && push.scheduledAt.getTime() < Date.now() - lateMs) {
        throw invalidField('scheduled_at', 'scheduled_at 已经过去');
      }
      const audience =
        push.scope === pushScope.all ? [everybody] : [...new Set(userIds)].sort((a, b) => a - b);
      const created = await store.create({ ...push, audience });
      wake();
      return created;
    },
    async find(id: number): Promise<PushRecord> {
      return counted(await find(id));
    },
    async list(request: PageRequest): Promise<Page<PushRecord>> {
      const { items, total } = await store.list(request);
      return { items: await Promise.all(items.map(counted)), total };
    },
    /** Stops what has not left; may be repeated. */
    async cancel(id: number): Promise<PushRecord> {
      const cancelled = await store.cancel(id);
      if (cancelled) {
        wake();
        return counted(cancelled);
      }
      const push = await find(id);
      if (push.status !== pushStatus.cancelled) {
        throw new AppError('rule_violation', { message: '推送已全部发出, 不能取消' });
      }
      return counted(push);
    },
  };
}

export type PushService = ReturnType<typeof createPushService>;
