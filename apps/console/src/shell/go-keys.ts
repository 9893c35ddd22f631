import { useEffect, useRef } from 'react';
import { useNavigate } from 'react-router';
import { pages } from '../routes.tsx';

/** Milliseconds in which the letter follows `g`. */
const pause = 1000;

/** `g` and a letter go to a page, `Ctrl K` opens the palette. */
export function useGoKeys(openPalette: () => void): void {
  const navigate = useNavigate();
  const lastG = useRef(0);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        openPalette();
        return;
      }
      const target = event.target as Element;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (target.closest('input, textarea, select, [role="dialog"]')) return;
      if (event.key === 'g') {
        lastG.current = event.timeStamp;
        return;
      }
      const page = pages.find(({ shortcut }) => shortcut === event.key);
      if (page && event.timeStamp - lastG.current < pause) {
        lastG.current = 0;
        event.preventDefault();
        event.stopImmediatePropagation();
        void navigate(page.path);
      }
    };
    // Before the keys of the list, which knows some of the letters too.
    document.addEventListener('keydown', press, { capture: true });
    return () => document.removeEventListener('keydown', press, { capture: true });
  }, [navigate, openPalette]);
}
