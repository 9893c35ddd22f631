import { Badge } from '@mantine/core';

const colors: Record<string, string> = {
  available: 'green',
  active: 'green',
  sent: 'green',
  replied: 'green',
  locked: 'blue',
  leased: 'blue',
  pending: 'yellow',
  quarantined: 'orange',
  disabled: 'gray',
  retired: 'gray',
  revoked: 'gray',
  exported: 'grape',
  banned: 'red',
  failed: 'red',
  rejected: 'red',
};

/** A state as a word with a colour; the word alone says it as well. */
export function Status({ value, label = value }: { value: string; label?: string }) {
  return (
    <Badge size="sm" miw="max-content" variant="dot" color={colors[value] ?? 'gray'} tt="none">
      {label}
    </Badge>
  );
}
