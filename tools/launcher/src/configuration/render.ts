import { format, resolveConfig } from 'prettier';
import type { Variable } from './variables.ts';

const headings = ['variable', 'read by', 'default', 'meaning'];

function cellsOf({ name, readers, default: fallback, description, requiredInProduction, secret }: Variable) {
  const notes = [requiredInProduction && 'required in production', secret && 'secret'].filter(Boolean);
  const meaning = notes.length > 0 ? `${description} (${notes.join(', ')})` : description;
  return [name, readers.join(', '), fallback, meaning];
}

/** A table for the terminal. */
export function asText(variables: readonly Variable[]): string {
  const rows = [headings, ...variables.map(cellsOf)];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const introduction = `# Configuration

Generated from the apps' own schemas by \`npm run render\`; \`npm run config\` prints the same table.

Everything is read from the environment when a process starts. A wrong or missing value is one clear line, and all of
them are listed at once. An empty value counts as not given.

\`npm start\` passes its environment on to every app. A variable after the name of an app is for that app alone:
\`ACCOUNT_POOL_LOG_LEVEL=debug\` is its \`LOG_LEVEL\`. \`PORT\`, \`HOST\`, \`OPERATIONS_PORT\` and \`OPERATIONS_HOST\` without
such a name mean the gateway; \`MONGODB_DATABASE\` needs one, because each service has a database of its own. Secrets
that are not given are made, outside production, and kept in \`DATA_DIR/secrets.json\`.
`;

/** The page \`docs/configuration.md\`. */
export async function asPage(variables: readonly Variable[], file: string): Promise<string> {
  const escaped = (text: string) => text.replaceAll('|', '\\|');
  const code = (text: string) => (text === '' || text.startsWith('(') ? text : `\`${text}\``);
  const rows = variables.map(cellsOf).map(([name = '', readers = '', fallback = '', meaning = '']) => {
    return [code(name), readers, code(fallback), escaped(meaning)];
  });
  const lines = [headings, headings.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  return format(`${introduction}\n${lines.join('\n')}\n`, {
    ...(await resolveConfig(file)),
    filepath: file,
  });
}
