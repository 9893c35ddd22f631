import { z } from 'zod';

const rowSchema = z.object({
  /** Its number in the table of goals, or the name of an app and what is measured of it. */
  id: z.string(),
  what: z.string(),
  /** The figure that the goal speaks of. */
  figure: z.number(),
  unit: z.string(),
  goal: z.object({ at: z.enum(['most', 'least']), value: z.number() }),
  /** Everything behind the figure, for the JSON file. */
  details: z.unknown(),
});

/** One line of the table: what was measured, the figure, and the goal it is held against. */
export type Row = z.output<typeof rowSchema>;

/** The rows that the bench of an app printed as its last line. */
export function rowsFrom(output: string): Row[] {
  const line = output.trim().split('\n').at(-1) ?? '';
  return z.array(rowSchema).parse(JSON.parse(line));
}

export function isMet({ figure, goal }: Row): boolean {
  return goal.at === 'most' ? figure <= goal.value : figure >= goal.value;
}

const columns = ['#', 'measured', 'figure', 'goal', ''];

/** The rows as a table for a terminal. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [columns, ...rows.map(cellsOf)];
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const lineOf = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return lines.map(lineOf).join('\n');
}

function cellsOf(row: Row): string[] {
  const goal = `${row.goal.at === 'most' ? '≤' : '≥'} ${numberOf(row.goal.value)}`;
  return [row.id, row.what, `${numberOf(row.figure)} ${row.unit}`, goal, isMet(row) ? 'met' : 'MISSED'];
}

function numberOf(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Math.round(value * 100) / 100);
}
