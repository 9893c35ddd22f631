import type { z } from 'zod';

/** Seconds that a lease lasts, by platform. */
export type LeaseTimes = ReadonlyMap<string, number>;

const maxSeconds = 30 * 86_400;

/** Reads `platform=seconds[,platform=seconds…]` as a transformation of zod. */
export function readLeaseTimes(text: string, context: z.RefinementCtx): LeaseTimes {
  const times = new Map<string, number>();
  for (const item of text.split(',').map((part) => part.trim())) {
    const [, platform, seconds] = /^(.+)=(\d{1,9})$/.exec(item) ?? [];
    if (platform === undefined || Number(seconds) > maxSeconds) {
      const message = `must be platform=seconds[,platform=seconds…] with at most ${maxSeconds} seconds, but has "${item}"`;
      context.addIssue({ code: 'custom', message });
    } else {
      times.set(platform.trim(), Number(seconds));
    }
  }
  return times;
}
