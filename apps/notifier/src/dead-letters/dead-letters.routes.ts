import { Router, type ErrorRequestHandler } from 'express';
import { z } from 'zod';
import { AppError } from '@portico/envelope';
import { pageCount, pageNumber } from '@portico/mongo';
import { channels } from '@portico/queue';
import { toAppError, validate, wholeNumberField, type ErrorTranslator } from '@portico/service';
import type { DeadLetters } from './dead-letters.store.ts';

const listQuery = z.object({
  channel: z.enum(channels).optional(),
  page: wholeNumberField(1, 100_000, 'page must be from 1 to 100000').default(1),
  pageSize: wholeNumberField(1, 100, 'pageSize must be from 1 to 100').default(20),
});

/** Operators' view of what did not go out. Internal: the operations port has no guard but the network. */
export function deadLetterRoutes(deadLetters: DeadLetters, translators: readonly ErrorTranslator[]): Router {
  const router = Router();
  router.get('/dead-letters', async (request, response) => {
    const { channel, page, pageSize } = validate(listQuery, request.query, 'en');
    const { items, total } = await deadLetters.list(pageNumber(page, pageSize), channel);
    response.json({
      items: items.map(({ _id, ...letter }) => ({ id: _id, ...letter })),
      page,
      pageSize,
      total,
      pages: pageCount(total, pageSize),
    });
  });
  router.post('/dead-letters/:id/replay', async (request, response) => {
    const jobId = await deadLetters.replay(request.params.id);
    if (jobId === undefined) throw new AppError('not_found', { message: 'No such dead letter.' });
    response.status(202).json({ id: request.params.id, jobId });
  });
  const failed: ErrorRequestHandler = (thrown, _request, response, _next) => {
    const error = toAppError(thrown, translators);
    const status = { invalid_params: 422, not_found: 404, unavailable: 503, timeout: 504 }[
      error.code as string
    ];
    response.status(status ?? 500).json({ error: error.code, message: error.message });
  };
  router.use(failed);
  return router;
}
