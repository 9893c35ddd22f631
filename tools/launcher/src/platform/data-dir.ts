import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { claim, forgetPid } from './pid-file.ts';

/** Where everything of an installation lies. */
export interface DataDir {
  readonly folder: string;
  readonly stateFile: string;
  readonly secretsFile: string;
  readonly logFile: (name: string) => string;
  readonly pidFile: (name: string) => string;
}

/** The files of an installation, by its `DATA_DIR`. */
export function dataDirAt(folder: string): DataDir {
  return {
    folder,
    stateFile: join(folder, 'portico.json'),
    secretsFile: join(folder, 'secrets.json'),
    logFile: (name) => join(folder, 'logs', `${name}.log`),
    pidFile: (name) => join(folder, `${name}.pid`),
  };
}

/**
 * Takes a folder for this launcher alone and answers how to give it back.
 *
 * @throws when another launcher has it
 */
export function occupy({ folder, pidFile }: DataDir): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // It holds passwords, keys and the data: nothing in it is for other users of the machine.
  chmodSync(folder, 0o700);
  const file = pidFile('launcher');
  const holder = claim(file);
  if (holder !== undefined)
    throw new Error(
      `${folder} is in use by a running Portico (pid ${holder}): stop it, or set another DATA_DIR`,
    );
  return () => forgetPid(file);
}
