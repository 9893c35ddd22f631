import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AccountRecord } from './accounts.model.ts';
import { renderAccount } from './accounts.render.ts';
import type { AccountStore } from './accounts.store.ts';

export type ExportMode = 'text' | 'object' | 'csv';

/** Accounts read at a time: at most 64 KB of data each. */
const chunkSize = 100;

const csvMembers = [
  'id',
  'ownerId',
  'platform',
  'customId',
  'data',
  'status',
  'notes',
  'createdAt',
  'updatedAt',
] as const;

/** Accounts in the order of their ids, a few at a time. */
export async function* readInOrder(
  store: AccountStore,
  ids: readonly number[],
  ownerId: string | undefined,
): AsyncGenerator<AccountRecord> {
  for (let start = 0; start < ids.length; start += chunkSize) {
    const chunk = ids.slice(start, start + chunkSize);
    const found = await store
      .collection()
      .find({ _id: { $in: chunk }, deleted: { $exists: false }, ...(ownerId !== undefined && { ownerId }) })
      .project<AccountRecord>({ events: 0 })
      .toArray();
    const byId = new Map(found.map((account) => [account._id, account]));
    for (const id of chunk) {
      const account = byId.get(id);
      if (account) yield account;
    }
  }
}

/**
 * Writes the answer of an export account by account, so that ten thousand of them need not be in memory (document 001,
 * section 7). The JSON is put together by hand: its parts are strings that are themselves JSON.
 */
export async function writeExport(
  response: ServerResponse,
  head: { message: string; exportedCount: number },
  mode: ExportMode,
  accounts: AsyncIterable<AccountRecord>,
): Promise<void> {
  const write = async (text: string) => {
    if (!response.write(text)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    if (response.destroyed) throw new Error('the client has left');
  };
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
  const message = JSON.stringify(head.message);
  await write(`{"code":0,"message":${message},"data":{"exportedCount":${head.exportedCount},"data":`);
  await write(mode === 'object' ? '[' : '"');
  let isFirst = true;
  if (mode === 'csv') await write(inside(`${csvMembers.join(',')}\r\n`));
  for await (const account of accounts) {
    const separator = isFirst || mode === 'csv' ? '' : mode === 'object' ? ',' : '\\n';
    await write(separator + rendered(account, mode));
    isFirst = false;
  }
  response.end(`${mode === 'object' ? ']' : '"'}}}`);
}

function rendered(account: AccountRecord, mode: ExportMode): string {
  if (mode === 'object') return JSON.stringify(renderAccount(account));
  return inside(mode === 'text' ? oneLine(account.data) : csvLine(account));
}

/** A text as it stands inside a JSON string. */
const inside = (text: string) => JSON.stringify(text).slice(1, -1);

/** One line per account, also where its data has several (contract: export). */
export const oneLine = (data: string) => data.replace(/\r\n|[\r\n\u2028\u2029]/g, ' ');

function csvLine(account: AccountRecord): string {
  const values = csvMembers.map((name) => {
    const value = renderAccount(account)[name];
    return csvValue(value instanceof Date ? value.toISOString() : value);
  });
  return `${values.join(',')}\r\n`;
}

/**
 * A value of a CSV line (RFC 4180). Text that a spreadsheet would take for a formula is preceded by an apostrophe
 * (OWASP, CSV Injection).
 */
export function csvValue(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) || harmless !== value ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
