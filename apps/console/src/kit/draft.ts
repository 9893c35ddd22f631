import { useCallback, useEffect, useState } from 'react';
import { useSession } from '../api/session.ts';

/** Milliseconds after the last key until a draft is kept. */
const pause = 500;

/**
 * State that survives a reload and an expired session: kept in `sessionStorage` for this tab, under the operator's id. It
 * holds what an operator types and never a token.
 *
 * @param name undefined keeps nothing
 * @returns the value, its setter, and what forgets it once it has been saved
 */
export function useDraft<Value>(
  name: string | undefined,
  initial: Value,
): readonly [Value, (value: Value) => void, () => void] {
  const session = useSession();
  const operator =
    session.status === 'signed-in' || session.status === 'expired' ? session.operator.id : undefined;
  const key = name !== undefined && operator !== undefined ? `draft:${operator}:${name}` : undefined;
  const [state, setState] = useState(() => ({ key, value: read(key, initial), touched: false }));
  // Another ticket in the same place has a draft of its own.
  if (state.key !== key) setState({ key, value: read(key, initial), touched: false });

  useEffect(() => {
    if (state.key === undefined || !state.touched) return;
    const { key: place, value } = state;
    const timer = setTimeout(() => sessionStorage.setItem(place, JSON.stringify(value)), pause);
    return () => clearTimeout(timer);
  }, [state]);

  const forget = useCallback(() => {
    if (key !== undefined) sessionStorage.removeItem(key);
    setState((now) => ({ ...now, touched: false }));
  }, [key]);
  return [state.value, (value) => setState({ key, value, touched: true }), forget];
}

function read<Value>(key: string | undefined, initial: Value): Value {
  const kept = key === undefined ? null : sessionStorage.getItem(key);
  return kept === null ? initial : (JSON.parse(kept) as Value);
}
