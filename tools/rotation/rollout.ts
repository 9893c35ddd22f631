import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Cluster } from '../resilience/cluster.ts';

/** Changes secrets and restarts the apps that read them, of each one instance after another, as a rollout does. */
export async function rollOut(
  cluster: Cluster,
  apps: readonly string[],
  secrets: Record<string, string>,
): Promise<void> {
  Object.assign(cluster.secrets, secrets);
  await Promise.all(
    apps.map(async (app) => {
      for (const member of cluster.of(app)) {
        expect(await member.stop()).toMatchObject({ exitCode: 0 });
        await member.start();
      }
    }),
  );
}

/** What somebody does all the time; throws when it is not answered as it should be. */
export type Habit = () => Promise<void>;

export interface Life {
  /** Does it once more, and answers how often everything has gone well. @throws what went wrong first */
  end(): Promise<number>;
}

/** Goes on with everything, round after round, whatever is restarted meanwhile. */
export function live(habits: readonly Habit[]): Life {
  let ended = false;
  let rounds = 0;
  const running = (async () => {
    for (let last = false; !last; rounds += 1) {
      last = ended;
      await Promise.all(habits.map((habit) => habit()));
      // Some rounds a second are enough to meet every restart; more would only make those slower.
      await wait(50);
    }
  })();
  // Told by end.
  running.catch(() => undefined);
  return {
    async end() {
      ended = true;
      await running;
      return rounds;
    },
  };
}
