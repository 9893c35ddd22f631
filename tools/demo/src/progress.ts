/** How far something has come, for whoever watches. */
export interface Progress {
  add(count: number): void;
  /** Says how it went. */
  end(): void;
}

export interface Screen {
  write: (text: string) => void;
  /** A terminal can draw over its last line; a file or a pipe gets one line at the end. */
  isTerminal: boolean;
}

const drawMs = 100;
const barWidth = 30;

/** Counts towards a total: a bar on a terminal, one plain line elsewhere. */
export function startProgress({ write, isTerminal }: Screen, label: string, total: number): Progress {
  const started = performance.now();
  let done = 0;
  const draw = () => write(`\r  ${barOf(done / total)} ${label} ${amount(done)} of ${amount(total)}`);
  const drawing = isTerminal ? setInterval(draw, drawMs) : undefined;
  return {
    add: (count) => void (done += count),
    end() {
      clearInterval(drawing);
      const seconds = (performance.now() - started) / 1000;
      const line = `  ${label}: ${amount(done)} in ${seconds.toFixed(1)} s, ${amount(done / seconds)}/s`;
      write(isTerminal ? `\r\u001B[K${line}\n` : `${line}\n`);
    },
  };
}

/** 12,345 */
export const amount = (count: number): string => Math.round(count).toLocaleString('en');

function barOf(part: number): string {
  const filled = Math.round(Math.min(part, 1) * barWidth);
  return `[${'█'.repeat(filled)}${'·'.repeat(barWidth - filled)}]`;
}
