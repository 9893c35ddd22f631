import type { Outbox } from './outbox.ts';
import type { Progress } from './progress.ts';

/** What a story plays on. */
export interface Stage {
  /** The gateway's: everything goes through it. */
  url: string;
  /** The story may write files here. */
  folder: string;
  outbox: Outbox;
  /** Signs the operator in, once. */
  operatorToken: () => Promise<string>;
  /** The environment and folder of the running installation, for the scripts of the apps. */
  dataDir: string;
  say: (line: string) => void;
  progress: (label: string, total: number) => Progress;
}

/** One document, told as what somebody does with it. It throws where an answer is not the documented one. */
export interface Story {
  name: string;
  title: string;
  /** The services that must be running. */
  needs: readonly string[];
  tell: (stage: Stage) => Promise<void>;
}
