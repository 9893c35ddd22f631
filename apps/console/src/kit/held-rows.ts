import type { UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import type { Rows } from '../api/paging.ts';

export interface HeldRows<Row> {
  /** The query with the rows that were there when they were last shown. */
  query: UseQueryResult<Rows<Row>>;
  /** How many rows came since. */
  waiting: number;
  show: () => void;
}

/**
 * Keeps new rows of an inbox back until they are asked for: nothing moves under the pointer.
 *
 * @param view the page and filters as text; another view shows its rows at once
 */
export function useHeldRows<Row, Id>(
  query: UseQueryResult<Rows<Row>>,
  idOf: (row: Row) => Id,
  view: string,
): HeldRows<Row> {
  const [shown, setShown] = useState<{ view: string; data: Rows<Row> }>();
  const { data, isPlaceholderData } = query;
  const isStale = shown?.view !== view || shown.data.rows.length === 0;
  if (data && !isPlaceholderData && isStale && shown?.data !== data) setShown({ view, data });
  const known = new Set(shown?.data.rows.map(idOf));
  const waiting = shown && data ? data.rows.filter((row) => !known.has(idOf(row))).length : 0;
  return {
    query: shown && waiting > 0 ? ({ ...query, data: shown.data } as UseQueryResult<Rows<Row>>) : query,
    waiting: shown?.view === view ? waiting : 0,
    show: () => data && setShown({ view, data }),
  };
}
