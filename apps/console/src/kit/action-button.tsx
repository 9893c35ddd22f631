import { Button, Popover } from '@mantine/core';
import { useState } from 'react';
import { Problem } from './problem.tsx';

/** A small action of a row that needs no question; a refusal is shown beside it. */
export function ActionButton({ label, run }: { label: string; run: () => Promise<unknown> }) {
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<unknown>();
  const start = async () => {
    setRunning(true);
    setError(undefined);
    try {
      await run();
    } catch (refusal) {
      setError(refusal);
    } finally {
      setRunning(false);
    }
  };
  return (
    <Popover opened={error !== undefined} onChange={() => setError(undefined)} width={320}>
      <Popover.Target>
        <Button size="compact-xs" variant="default" loading={running} onClick={() => void start()}>
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Problem error={error} />
      </Popover.Dropdown>
    </Popover>
  );
}
