import { setTimeout as wait } from 'node:timers/promises';

/** One run of a program, from the moment it was spawned. */
export interface Run<Result = unknown> {
  readonly pid: number;
  /** Resolves when the program does its work; rejects when it ended before that. */
  readonly up: Promise<Result>;
  /** Resolves when the process is gone, with how it went. */
  readonly gone: Promise<string>;
  /** SIGTERM, then SIGKILL; resolves when it is gone. */
  stop(): Promise<void>;
}

/** A program that is kept running. */
export interface Supervised<Result = unknown> {
  readonly pid: number;
  /** Resolves when it is up for the first time; rejects when that failed. */
  readonly up: Promise<Result>;
  stop(): Promise<void>;
}

export interface SupervisorOptions<Result> {
  name: string;
  spawn(): Run<Result>;
  /** After a restart, when it is up again. */
  onRestart: () => void;
  report: (message: string) => void;
}

const firstDelayMs = 100;
const longestDelayMs = 5_000;
/** A run that ended sooner than this after it was up counts as a failed attempt. */
const shortRunMs = 500;

/**
 * Starts a program and starts it again whenever it ends by itself. A first start that fails is not repeated: it is a
 * mistake in the configuration that somebody is waiting to read about.
 */
export function supervise<Result>(options: SupervisorOptions<Result>): Supervised<Result> {
  const { name, report } = options;
  const stopping = new AbortController();
  let run = options.spawn();
  const { up } = run;
  const ended = up.then(keepRunning, () => run.gone);

  async function keepRunning(): Promise<void> {
    let delay = firstDelayMs;
    let upSince = Date.now();
    for (;;) {
      const how = await run.gone;
      if (stopping.signal.aborted) return;
      delay = Date.now() - upSince < shortRunMs ? Math.min(delay * 2, longestDelayMs) : firstDelayMs;
      report(`${name} ended unexpectedly (${how}), starting it again`);
      await wait(delay, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      run = options.spawn();
      try {
        await run.up;
        upSince = Date.now();
        options.onRestart();
      } catch (error) {
        upSince = Date.now();
        if (!stopping.signal.aborted) report(error instanceof Error ? error.message : String(error));
      }
    }
  }

  return {
    get pid() {
      return run.pid;
    },
    up,
    async stop() {
      stopping.abort();
      await run.stop();
      await ended;
    },
  };
}
