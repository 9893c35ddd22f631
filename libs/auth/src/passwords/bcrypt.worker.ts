import { compareSync, hashSync } from 'bcryptjs';

/** One computation for a worker thread. `input` is the keyed digest, never the password itself. */
export type BcryptTask = { kind: 'hash'; input: string; cost: number } | VerifyTask;
export interface VerifyTask {
  kind: 'verify';
  input: string;
  hash: string;
}

/** Blocks its thread for as long as bcrypt takes, which is why it has a thread. */
export default function compute(task: BcryptTask): string | boolean {
  return task.kind === 'hash' ? hashSync(task.input, task.cost) : compareSync(task.input, task.hash);
}
