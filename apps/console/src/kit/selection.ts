import { useState } from 'react';

export interface Selection<Id> {
  ids: ReadonlySet<Id>;
  has: (id: Id) => boolean;
  toggle: (id: Id) => void;
  /** Adds or removes all rows of the page. */
  set: (ids: readonly Id[], selected: boolean) => void;
  clear: () => void;
}

/** Selected ids of a list: they survive paging and are cleared when `scope`, the filters as text, changes. */
export function useSelection<Id>(scope: string): Selection<Id> {
  const [selected, setSelected] = useState<{ scope: string; ids: ReadonlySet<Id> }>({
    scope,
    ids: new Set(),
  });
  const ids = selected.scope === scope ? selected.ids : new Set<Id>();
  const change = (edit: (next: Set<Id>) => void) => {
    const next = new Set(ids);
    edit(next);
    setSelected({ scope, ids: next });
  };
  return {
    ids,
    has: (id) => ids.has(id),
    toggle: (id) => change((next) => void (next.delete(id) || next.add(id))),
    set: (some, isSelected) =>
      change((next) => {
        for (const id of some) {
          if (isSelected) next.add(id);
          else next.delete(id);
        }
      }),
    clear: () => setSelected({ scope, ids: new Set() }),
  };
}
