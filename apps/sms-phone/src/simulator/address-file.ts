import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the simulator of a data directory says that it is. */
const fileIn = (dataDir: string) => join(dataDir, 'sms-simulator.json');

export const writeAddress = (dataDir: string, url: string): Promise<void> =>
  writeFile(fileIn(dataDir), `${JSON.stringify({ url })}\n`);

/** @throws when none has been started on this data directory */
export async function readAddress(dataDir: string): Promise<string> {
  const text = await readFile(fileIn(dataDir), 'utf8').catch(() => {
    throw new Error(`no simulator runs on ${dataDir}: start the platform first (npm start)`);
  });
  return (JSON.parse(text) as { url: string }).url;
}
