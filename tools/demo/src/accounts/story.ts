import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { amount } from '../progress.ts';
import type { Stage, Story } from '../stage.ts';
import { asCsv, fromCsv } from './csv.ts';
import { accountRows, type AccountRow } from './data-set.ts';
import { createPool, type Pool } from './pool.ts';
import { runScripts, type Tally, type Work } from './scripts.ts';

/** As many as an upload may hold (contract: upload validation). */
const uploadSize = 10_000;
const scripts = 24;
const leases = 2000;

/** Document 001: ten thousand accounts from a file, handed out to scripts that work at the same time. */
export const accountsStory: Story = {
  name: 'accounts',
  title: 'account-pool: ten thousand accounts, leased by parallel scripts (document 001)',
  needs: ['account-pool'],
  async tell(stage) {
    const pool = createPool(stage.url);
    const rows = loadRows(join(stage.folder, 'accounts.csv'), stage);
    await upload(pool, rows, stage);

    const works = worksOf(rows);
    const progress = stage.progress(`accounts worked on by ${scripts} scripts`, leases);
    const tally = await runScripts(pool, works, { scripts, leases, progress });
    progress.end();
    report(tally, stage);

    await showStaleLease(pool, works, stage);
    await showStats(pool, stage);
    if (tally.shared > 0 || tally.refused > 0) throw new Error('an account was held by two scripts');
  },
};

function loadRows(file: string, { say }: Stage): AccountRow[] {
  writeFileSync(file, asCsv(accountRows()));
  const rows = fromCsv(readFileSync(file, 'utf8'));
  say(`${amount(rows.length)} accounts in ${file}`);
  return rows;
}

/** Accounts that an earlier run has used become available again: the file says so. */
async function upload(pool: Pool, rows: readonly AccountRow[], stage: Stage): Promise<void> {
  const progress = stage.progress('accounts uploaded', rows.length);
  let [created, updated] = [0, 0];
  for (const [ownerId, owned] of Map.groupBy(rows, (row) => row.ownerId)) {
    for (let first = 0; first < owned.length; first += uploadSize) {
      const batch = owned.slice(first, first + uploadSize).map(({ ownerId: _, ...account }) => account);
      const result = await pool.upload(ownerId, batch);
      created += result.createdCount;
      updated += result.updatedCount;
      progress.add(batch.length);
    }
  }
  progress.end();
  stage.say(`${amount(created)} are new, ${amount(updated)} were there already`);
}

function worksOf(rows: readonly AccountRow[]): Work[] {
  const works = Map.groupBy(rows, ({ ownerId, platform }) => JSON.stringify([ownerId, platform]));
  return [...works.values()].flatMap(([row]) =>
    row ? [{ ownerId: row.ownerId, platform: row.platform }] : [],
  );
}

function report(tally: Tally, { say }: Stage): void {
  const times = tally.acquireTimes.toSorted((a, b) => a - b);
  const quantile = (part: number) => (times[Math.floor((times.length - 1) * part)] ?? 0).toFixed(0);
  const done = `${amount(tally.used)} used, ${amount(tally.banned)} banned, ${amount(tally.released)} given back`;
  say(`${amount(tally.acquires)} acquires (p50 ${quantile(0.5)} ms, p95 ${quantile(0.95)} ms): ${done}`);
  say(`held by two scripts at once: ${tally.shared}; refused although held: ${tally.refused}`);
}

/** Who comes late with an old lease changes nothing. */
async function showStaleLease(pool: Pool, works: readonly Work[], { say }: Stage): Promise<void> {
  for (const { ownerId, platform } of works) {
    const [account] = await pool.acquire(ownerId, platform, 1);
    if (!account) continue;
    const { id, leaseToken, customId } = account;
    const late = await pool.update(ownerId, id, 'used', 'too late', leaseToken - 1);
    if (late !== 3001) throw new Error(`a stale lease was answered ${late}`);
    say(`an update of ${customId} under an older lease: refused with 3001`);
    await pool.release(ownerId, id, leaseToken);
    return;
  }
}

async function showStats(pool: Pool, { say }: Stage): Promise<void> {
  const { totalAccounts, statusSummary } = await pool.stats();
  const byStatus = Object.entries(statusSummary).map(([status, count]) => `${amount(count)} ${status}`);
  say(`statistics: ${amount(totalAccounts)} accounts, ${byStatus.join(', ')}`);
  const { list, pagination } = await pool.list({ status: ['banned'] }, 3);
  const examples = list.map(({ customId, notes }) => `${customId} (${notes ?? ''})`);
  say(`the list of banned ones has ${amount(pagination.total)}, the latest: ${examples.join(', ')}`);
}
