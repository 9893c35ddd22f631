import { join } from 'node:path';
import type { Environment } from '@portico/config';
import { accountPoolRows, scaleRows } from './account-pool.ts';
import type { Row } from './rows.ts';
import { rowsOfScript, scripts } from './scripts.ts';
import { smsPhoneRows } from './sms-phone.ts';
import { startRows } from './start.ts';

export interface MeasureOptions {
  /** For its data; removed at the end. */
  folder: string;
  environment: Environment;
  signal: AbortSignal;
}

/** Something that is measured in one go. */
export interface Measure {
  ids: readonly string[];
  name: string;
  /** Takes minutes: only when asked for. */
  large?: boolean;
  take: (options: MeasureOptions) => Promise<Row[]>;
}

/** Everything that `npm run bench` measures, in this order. */
export const measures: readonly Measure[] = [
  {
    ids: ['P10'],
    name: 'npm start, three times',
    take: ({ folder, environment, signal }) =>
      startRows({ dataDir: join(folder, 'start'), environment: { ...environment, PORT: '0' }, signal }),
  },
  ...scripts.map(({ ids, project, large = false }) => ({
    ids,
    large,
    name: `${project}/bench/main.ts`,
    take: ({ signal }: MeasureOptions) => rowsOfScript(project, signal),
  })),
  { ids: ['P3', 'P4', 'P5', 'P7'], name: 'account-pool through the gateway', take: accountPoolRows },
  { ids: ['sms-phone'], name: 'sms-phone through the gateway', take: smsPhoneRows },
  { ids: ['P6'], name: 'account-pool with a million accounts', large: true, take: scaleRows },
];
