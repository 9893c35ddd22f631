import { describeConfig, type ConfigRow } from '@portico/config';
import { apps } from '../platform/apps.ts';
import { appShape, launcherShape } from '../platform/environment.ts';
import { shapeOf } from './shapes.ts';

/** One environment variable as a reader of the documentation sees it. */
export interface Variable extends ConfigRow {
  /** Who reads it, the same way. */
  readers: string[];
}

/** Every variable that `npm start` and the apps read, by name. */
export async function allVariables(): Promise<Variable[]> {
  const launcher = 'npm start';
  const declared: [string, ConfigRow[]][] = [[launcher, describeConfig(launcherShape)]];
  for (const app of apps) {
    if (app.kind !== 'gateway') declared.push([launcher, describeConfig(appShape(app))]);
    declared.push([app.name, describeConfig(await shapeOf(app))]);
  }
  const variables = new Map<string, Variable>();
  for (const [reader, rows] of declared) {
    for (const row of rows) {
      const key = JSON.stringify(row);
      const known = variables.get(key);
      if (known) known.readers.push(reader);
      else variables.set(key, { ...row, readers: [reader] });
    }
  }
  return [...variables.values()].sort((a, b) => a.name.localeCompare(b.name));
}
