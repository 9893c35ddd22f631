interface Cell {
  platform: string;
  ownerId: string;
  status: string;
  count: number;
}

export interface MatrixRow {
  ownerId: string;
  platform: string;
  counts: Record<string, number>;
}

/** Counts as a table: a row for each owner and platform, a column for each status. */
export function statusMatrix(cells: readonly Cell[]): { statuses: string[]; rows: MatrixRow[] } {
  const rows = new Map<string, MatrixRow>();
  for (const { ownerId, platform, status, count } of cells) {
    const key = JSON.stringify([ownerId, platform]);
    const row = rows.get(key) ?? { ownerId, platform, counts: {} };
    row.counts[status] = count;
    rows.set(key, row);
  }
  return {
    statuses: [...new Set(cells.map(({ status }) => status))].sort(),
    rows: [...rows.values()].sort(
      (one, other) => one.ownerId.localeCompare(other.ownerId) || one.platform.localeCompare(other.platform),
    ),
  };
}
