/**
 * Joins calls that come while an earlier batch is under way into one: no waiting when there is little to do, large
 * batches when there is much.
 *
 * @param run does a batch; what it throws is given to `failed`
 */
export function createBatcher<Item>(
  run: (items: Item[]) => Promise<void>,
  failed: (error: unknown, items: Item[]) => void,
  { maxBatch = 500, maxWaiting = 20_000 } = {},
) {
  const waiting: Item[] = [];
  let running: Promise<void> | undefined;

  const drain = async () => {
    while (waiting.length > 0) {
      const items = waiting.splice(0, maxBatch);
      try {
        await run(items);
      } catch (error) {
        failed(error, items);
      }
    }
    running = undefined;
  };

  return {
    /** Answers false when too much is waiting already. */
    add(items: readonly Item[]): boolean {
      if (waiting.length + items.length > maxWaiting) return false;
      waiting.push(...items);
      running ??= Promise.resolve().then(drain);
      return true;
    },
    /** Resolves when nothing waits or runs. */
    async idle(): Promise<void> {
      await running;
    },
  };
}
