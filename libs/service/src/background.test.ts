import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createBackground, type BackgroundWork } from './background.ts';

const hour = 3_600_000;

function started(work: Partial<BackgroundWork> & Pick<BackgroundWork, 'run'>) {
  const background = createBackground({ everyMs: hour, onError: () => undefined, ...work });
  background.start();
  onTestFinished(() => background.close());
  return background;
}

describe('work in the background', () => {
  it('is done at once, and again and again', async () => {
    const run = vi.fn(async () => undefined);
    started({ run, everyMs: 1 });
    await expect.poll(() => run.mock.calls.length).toBeGreaterThan(3);
  });

  it('is done when it is woken, once for all who wake it meanwhile', async () => {
    const run = vi.fn(async () => undefined);
    const background = started({ run, gatherMs: 50 });
    await expect.poll(() => run.mock.calls.length).toBe(1);
    for (let n = 0; n < 10; n += 1) background.wake();
    await expect.poll(() => run.mock.calls.length).toBe(2);
    await background.close();
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('is done again for who wakes it during a run', async () => {
    const firstEnds = Promise.withResolvers<undefined>();
    const run = vi.fn(() => (run.mock.calls.length === 1 ? firstEnds.promise : Promise.resolve(undefined)));
    const background = started({ run });
    background.wake();
    firstEnds.resolve(undefined);
    await expect.poll(() => run.mock.calls.length).toBe(2);
  });

  it('goes on after an error', async () => {
    const errors: unknown[] = [];
    const run = vi.fn(() => Promise.reject(new Error('the store is away')));
    started({ run, everyMs: 1, onError: (error) => errors.push(error) });
    await expect.poll(() => errors.length).toBeGreaterThan(2);
  });

  it('is finished before it is closed, with what it was woken for', async () => {
    const firstEnds = Promise.withResolvers<undefined>();
    const run = vi.fn(() => (run.mock.calls.length === 1 ? firstEnds.promise : Promise.resolve(undefined)));
    const background = started({ run, gatherMs: hour });
    background.wake();
    let isClosed = false;
    const closed = background.close().then(() => (isClosed = true));
    await Promise.resolve();
    expect(isClosed).toBe(false);
    firstEnds.resolve(undefined);
    await closed;
    expect(run).toHaveBeenCalledTimes(2);
  });
});
