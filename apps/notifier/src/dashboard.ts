import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Router } from 'express';
import { channels, type Producers } from '@portico/queue';

/** Where the gateway's internal port shows the dashboard; its pages link with this path. */
const publicPath = '/notifier/queues';

/** The queues as a web page, to look at: payloads are sealed, and what is repeated goes through the dead letters. */
export function dashboard(producers: Producers): Router {
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(publicPath);
  createBullBoard({
    queues: channels.map((channel) => new BullMQAdapter(producers.queue(channel), { readOnlyMode: true })),
    serverAdapter,
  });
  return serverAdapter.getRouter() as Router;
}
