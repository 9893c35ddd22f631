import { Button } from '@mantine/core';
import { useText } from '../i18n/i18n.ts';
import type { HeldRows } from './held-rows.ts';

/** `3 new`: shows the rows of an inbox that came since it was last shown. */
export function NewRowsButton<Row>({ held }: { held: HeldRows<Row> }) {
  const text = useText();
  if (held.waiting === 0) return null;
  return (
    <Button size="compact-sm" variant="light" onClick={held.show} aria-live="polite">
      {text('list.new', { count: held.waiting })}
    </Button>
  );
}
