import { Router } from 'express';
import { channels, type Producers } from '@portico/queue';

/** Where the gateway's internal port shows the dashboard; its pages link with this path. */
const publicPath = '/notifier/queues';

/** The queues as a web page, to look at: payloads are sealed, and what is repeated goes through the dead letters. */
export function dashboard(producers: Producers): Router {
  let board: Promise<Router> | undefined;
  const router = Router();
  router.use(async (request, response, next) => {
    (await (board ??= openBoard(producers)))(request, response, next);
  });
  return router;
}

/** Loaded when somebody looks: most processes are never looked at. */
async function openBoard(producers: Producers): Promise<Router> {
  const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/express'),
  ]);
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(publicPath);
  createBullBoard({
    queues: channels.map((channel) => new BullMQAdapter(producers.queue(channel), { readOnlyMode: true })),
    serverAdapter,
  });
  return serverAdapter.getRouter() as Router;
}
