/**
 * Joins single operations into batches, as databases join commits: the first goes at once, those that come while a
 * batch is under way go together in the next. Waiting adds nothing when there is little to do, and a message is
 * recorded as sent as soon as it can be.
 *
 * @param run does a batch and answers in its order; when it throws, every operation of the batch fails
 */
export function createJoiner<Item, Answer>(
  run: (items: Item[]) => Promise<Answer[]>,
  maxBatch = 500,
): (item: Item) => Promise<Answer> {
  interface Waiting {
    item: Item;
    resolve: (answer: Answer) => void;
    reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let running = false;

  const drain = async () => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxBatch);
      waiting = waiting.slice(maxBatch);
      try {
        const answers = await run(batch.map(({ item }) => item));
        batch.forEach(({ resolve }, index) => resolve(answers[index] as Answer));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = false;
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (running) return;
      running = true;
      // What the same turn of the event loop brings goes together.
      setImmediate(() => void drain());
    });
}
