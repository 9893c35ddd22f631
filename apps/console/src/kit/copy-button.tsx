import { Button } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { useText } from '../i18n/i18n.ts';

/** Copies a value and says that it did. */
export function CopyButton({ value, label }: { value: string; label: string }) {
  const text = useText();
  const { copy, copied } = useClipboard({ timeout: 1500 });
  return (
    <Button size="compact-xs" variant="default" onClick={() => copy(value)}>
      {copied ? text('action.copied') : label}
    </Button>
  );
}
