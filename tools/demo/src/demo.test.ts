import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type {} from '@portico/testing';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { root } from '@portico/launcher';
import { asCsv, fromCsv } from './accounts/csv.ts';
import { accountRows, size } from './accounts/data-set.ts';
import { openOutbox } from './outbox.ts';
import { startProgress } from './progress.ts';

const folder = mkdtempSync(join(tmpdir(), 'portico-demo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the data set', () => {
  it('is the same every time, with every account once', () => {
    const rows = accountRows();
    expect(rows).toEqual(accountRows());
    expect(new Set(rows.map((row) => `${row.ownerId} ${row.platform} ${row.customId}`)).size).toBe(size);
    expect(new Set(rows.map(({ ownerId }) => ownerId)).size).toBeGreaterThan(3);
  });

  it('survives its CSV file, with quotes, commas and line ends in it', () => {
    const odd = { ownerId: '运营', platform: 'a,b', customId: '"x"', data: 'one\r\ntwo\n', status: '' };
    const rows = [...accountRows(200), odd];
    expect(fromCsv(asCsv(rows))).toEqual(rows);
  });

  it.each([
    ['other columns', 'ownerId,platform\r\na,b\r\n'],
    ['a row that is too short', 'ownerId,platform,customId,data,status\r\na,b,c\r\n'],
    ['text after quotes', 'ownerId,platform,customId,data,status\r\na,b,c,"d"e,f\r\n'],
  ])('is refused with %s', (_what, csv) => {
    expect(() => fromCsv(csv)).toThrow();
  });
});

describe('progress', () => {
  it('is one plain line where nobody draws', () => {
    const written: string[] = [];
    const screen = { write: (line: string) => void written.push(line), isTerminal: false };
    const progress = startProgress(screen, 'rows', 1000);
    progress.add(1000);
    progress.end();
    expect(written).toEqual([expect.stringMatching(/^ {2}rows: 1,000 in \d+\.\d s, [\d,∞]+\/s\n$/)]);
  });

  it('is a bar on a terminal, which its last line replaces', async () => {
    const written: string[] = [];
    const screen = { write: (line: string) => void written.push(line), isTerminal: true };
    const progress = startProgress(screen, 'rows', 10);
    progress.add(5);
    await expect.poll(() => written.join('')).toMatch(/\[█{15}·{15}\] rows 5 of 10/);
    progress.end();
    expect(written.at(-1)).toMatch(/^\r.*rows: 5 in/s);
  });
});

it('finds the message that an action causes, not an older one', async () => {
  const file = join(folder, 'outbox.ndjson');
  const outbox = openOutbox(file);
  const line = (to: string, code: string) => `${JSON.stringify({ channel: 'sms', to, code })}\n`;
  const codeAfter = async (lines: string) =>
    (
      await outbox.messageAfter(
        () => appendFile(file, lines),
        ({ to }) => to === '短信',
      )
    ).code;
  expect(await codeAfter(line('other', '0') + line('短信', '1'))).toBe('1');
  expect(await codeAfter(line('短信', '2'))).toBe('2');
});

/** `npm run demo` without npm, as a process of its own. */
async function demo(): Promise<{ code: number | null; output: string }> {
  const child = spawn(
    process.execPath,
    [join(root, 'tools', 'launcher', 'src', 'bootstrap.mjs'), 'tools/demo/src/main.ts'],
    {
      env: { PATH: inject('searchPath'), DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'warn' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { output: await text(child.stdout), code: await exit };
}

it('tells every story, and again on the same data', async () => {
  const first = await demo();
  expect(first).toMatchObject({
    code: 0,
    output: expect.stringContaining('10,000 are new, 0 were there') as string,
  });
  expect(first.output).not.toContain('left out');
  expect(first.output).toContain('held by two scripts at once: 0; refused although held: 0');
  const again = await demo();
  expect(again).toMatchObject({
    code: 0,
    output: expect.stringContaining('0 are new, 10,000 were there already') as string,
  });
});
