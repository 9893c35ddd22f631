import { useSyncExternalStore } from 'react';

/** What one operator likes on one machine. Nothing secret: it stays in `localStorage`. */
export interface Preferences {
  language: 'en' | 'zh';
  colorScheme: 'light' | 'dark' | 'auto';
  /** Path of the page after sign-in. */
  startPage: string;
  /** Hidden columns of each list, by the list's name. */
  hiddenColumns: Record<string, string[]>;
}

const key = 'portico.console.preferences';

const defaults = (): Preferences => ({
  language: navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en',
  colorScheme: 'auto',
  startPage: '/',
  hiddenColumns: {},
});

function read(): Preferences {
  try {
    return { ...defaults(), ...(JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Preferences>) };
  } catch {
    // Storage is blocked or holds something else: the defaults serve.
    return defaults();
  }
}

let current = read();
const listeners = new Set<() => void>();

export const preferences = (): Preferences => current;

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(key, JSON.stringify(current));
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

export function usePreferences(): Preferences {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, preferences);
}
