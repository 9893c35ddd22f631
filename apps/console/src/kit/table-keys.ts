import { useEffect, useRef } from 'react';

export interface TableKeys {
  move(step: 1 | -1): void;
  toggle(): void;
  open(): void;
  clear(): void;
  focusSearch(): void;
  refresh(): void;
  turnPage(step: 1 | -1): void;
  showHelp(): void;
}

/** Whether a key press belongs to a field or a dialog and not to the list. */
const isElsewhere = (event: KeyboardEvent) =>
  event.ctrlKey ||
  event.metaKey ||
  event.altKey ||
  (event.target instanceof Element &&
    event.target.closest('input, textarea, select, [contenteditable], [role="dialog"], [role="listbox"]') !==
      null);

/** The keys of every list: `j k x Enter Esc / r [ ] ?`. */
export function useTableKeys(keys: TableKeys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (isElsewhere(event)) return;
      const run: Record<string, () => void> = {
        j: () => latest.current.move(1),
        ArrowDown: () => latest.current.move(1),
        k: () => latest.current.move(-1),
        ArrowUp: () => latest.current.move(-1),
        x: () => latest.current.toggle(),
        Escape: () => latest.current.clear(),
        '/': () => latest.current.focusSearch(),
        r: () => latest.current.refresh(),
        '[': () => latest.current.turnPage(-1),
        ']': () => latest.current.turnPage(1),
        '?': () => latest.current.showHelp(),
      };
      // Enter on a button or a link is theirs.
      if (event.key === 'Enter' && !(event.target as Element).closest('button, a'))
        run['Enter'] = () => latest.current.open();
      const action = run[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}
