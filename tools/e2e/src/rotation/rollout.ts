import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Cluster } from '../resilience/cluster.ts';

/**
 * Changes secrets and restarts the apps that read them, of each one instance after another, as a rollout does. Whoever
 * lives there meets every mixture of old and new instances.
 */
export async function rollOut(
  cluster: Cluster,
  apps: readonly string[],
  secrets: Record<string, string>,
  life?: Life,
): Promise<void> {
  Object.assign(cluster.secrets, secrets);
  await Promise.all(
    apps.map(async (app) => {
      for (const member of cluster.of(app)) {
        expect(await member.stop()).toBe(0);
        await member.start();
        await life?.goesOn();
      }
    }),
  );
}

/** What somebody does all the time; throws when it is not answered as it should be. */
export type Habit = () => Promise<void>;

export interface Life {
  /** Waits for some more rounds. @throws what has gone wrong */
  goesOn(): Promise<void>;
  /** Ends it after one more round. @throws what has gone wrong */
  end(): Promise<void>;
}

/** So many rounds meet every instance, since a gateway takes them in turn. */
const enough = 4;

/** Goes on with everything, round after round, whatever is restarted meanwhile. */
export function live(habits: readonly Habit[]): Life {
  let rounds = 0;
  let ending = false;
  let isOver = false;
  const running = (async () => {
    try {
      for (let last = false; !last; rounds += 1) {
        last = ending;
        await Promise.all(habits.map((habit) => habit()));
        // Some rounds a second are enough to meet every restart; more would only make those slower.
        await wait(50);
      }
    } finally {
      isOver = true;
    }
  })();
  // Whoever waits for it is told.
  running.catch(() => undefined);
  return {
    async goesOn() {
      const until = rounds + enough;
      while (rounds < until && !isOver) await wait(10);
      if (isOver) await running;
    },
    end() {
      ending = true;
      return running;
    },
  };
}
