import { AppError, invalidField } from '@portico/envelope';
import { Piscina } from 'piscina';
import type { Rendered } from './render-markdown.ts';

export interface MarkdownOptions {
  /** Milliseconds that one text may take; 15 s where it is not given. */
  timeLimit?: number;
  /** The module whose default export renders; for tests. */
  renderer?: URL;
}

export interface Markdown {
  /**
   * HTML of a text, to be stored beside it: reading renders nothing.
   *
   * @param field the text's name in the request
   * @throws AppError `invalid_params` where the text exceeds a limit, `rate_limited` where many are waiting
   */
  render(field: string, text: string): Promise<string>;
  close(): Promise<void>;
}

/** Texts that may wait for the thread. */
const maxWaiting = 8;
const idleTimeout = 60_000;
/** Megabytes of the thread: the longest texts take a third of it. */
const maxOldGenerationSizeMb = 256;

const refusals = {
  nesting: '嵌套层级过多',
  size: '内容过于复杂',
  time: '内容过于复杂,无法在限定时间内处理',
};

/**
 * Renders Markdown on a thread of its own, one text at a time. The thread is ended where a text takes longer than the
 * limit or more memory than it has, so that no text can delay or end the process.
 */
export function createMarkdown({ timeLimit = 15_000, renderer }: MarkdownOptions = {}): Markdown {
  const pool = new Piscina<string, Rendered>({
    filename: (renderer ?? new URL('./markdown.worker.ts', import.meta.url)).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout,
    resourceLimits: { maxOldGenerationSizeMb },
  });
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  async function rendered(text: string): Promise<Rendered | { refusal: 'time' }> {
    // The thread starts with this one, outside of the limit.
    await pool.run('');
    const limit = AbortSignal.timeout(timeLimit);
    try {
      return await pool.run(text, { signal: limit });
    } catch (error) {
      if (limit.aborted) return { refusal: 'time' };
      if ((error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY') return { refusal: 'size' };
      throw error;
    }
  }

  return {
    async render(field, text) {
      if (waiting >= maxWaiting) throw new AppError('rate_limited', { retryAfter: 1 });
      waiting += 1;
      const turn = last.then(() => rendered(text)).finally(() => (waiting -= 1));
      last = turn.catch(() => undefined);
      const result = await turn;
      if ('refusal' in result) throw invalidField(field, `${field}: ${refusals[result.refusal]}`);
      return result.html;
    },
    close: () => pool.destroy(),
  };
}
