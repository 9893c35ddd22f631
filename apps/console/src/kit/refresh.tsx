import { NativeSelect } from '@mantine/core';
import { useDocumentVisibility } from '@mantine/hooks';
import { useState } from 'react';
import { useText } from '../i18n/i18n.ts';

const intervals = { off: 0, '10': 10_000, '60': 60_000 } as const;
export type RefreshInterval = keyof typeof intervals;

export interface Refresh {
  interval: RefreshInterval;
  setInterval: (interval: RefreshInterval) => void;
  refetchInterval: number | false;
}

/**
 * How often a list is asked for again. It rests while the page is hidden and while `paused`: rows must not move under the
 * pointer of an operator who selects or edits.
 */
export function useRefresh(initial: RefreshInterval, paused: boolean): Refresh {
  const [interval, setInterval] = useState<RefreshInterval>(initial);
  const visible = useDocumentVisibility() === 'visible';
  const active = visible && !paused ? intervals[interval] : 0;
  return { interval, setInterval, refetchInterval: active === 0 ? false : active };
}

interface RefreshSelectProps {
  value: RefreshInterval;
  onChange: (value: RefreshInterval) => void;
}

export function RefreshSelect({ value, onChange }: RefreshSelectProps) {
  const text = useText();
  return (
    <NativeSelect
      size="xs"
      aria-label={text('list.refresh')}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as RefreshInterval)}
      data={[
        { value: 'off', label: text('list.refresh.off') },
        { value: '10', label: '10 s' },
        { value: '60', label: '60 s' },
      ]}
    />
  );
}
