import type { AccountRow } from './data-set.ts';

/** Comma-separated values as RFC 4180 has them: text with commas, quotes or line ends stands in quotes. */

const columns = ['ownerId', 'platform', 'customId', 'data', 'status'] as const satisfies (keyof AccountRow)[];

export function asCsv(rows: readonly AccountRow[]): string {
  const lines = rows.map((row) => columns.map((column) => quoted(row[column])).join(','));
  return [columns.join(','), ...lines, ''].join('\r\n');
}

const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** @throws when the columns are others, or a row has more or fewer */
export function fromCsv(text: string): AccountRow[] {
  const [header = [], ...records] = recordsOf(text);
  if (header.join() !== columns.join()) throw new Error(`the columns are ${header.join()}`);
  return records.map((record, index) => {
    if (record.length !== columns.length) throw new Error(`row ${index + 1} has ${record.length} columns`);
    return Object.fromEntries(columns.map((column, at) => [column, record[at]])) as unknown as AccountRow;
  });
}

/** A value in quotes or without, and what ends it. */
const value = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

function recordsOf(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  value.lastIndex = 0;
  while (value.lastIndex < text.length) {
    const at = value.lastIndex;
    const found = value.exec(text);
    if (!found) throw new Error(`no value at character ${at}`);
    const [, inQuotes, plain = '', end] = found;
    record.push(inQuotes?.replaceAll('""', '"') ?? plain);
    if (end !== ',') {
      records.push(record);
      record = [];
    }
  }
  return records;
}
