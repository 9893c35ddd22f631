import { Text, Tooltip } from '@mantine/core';
import { locale } from '../i18n/i18n.ts';
import { usePreferences } from './preferences.ts';

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const shown = (at: Date, style: 'short' | 'full') =>
  new Intl.DateTimeFormat(locale(), {
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(style === 'full' && { year: 'numeric' }),
  }).format(at);

/** A time in the operator's zone; the tooltip names the zone and the time in UTC. Nothing is shown as a dash. */
export function Time({ at }: { at: string | null | undefined }) {
  usePreferences();
  if (!at)
    return (
      <Text span c="dimmed" inherit>
        {'–'}
      </Text>
    );
  const date = new Date(at);
  return (
    <Tooltip label={`${shown(date, 'full')} ${zone} · ${date.toISOString()}`}>
      <time dateTime={at} className="numbers">
        {shown(date, 'short')}
      </time>
    </Tooltip>
  );
}

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** `3 h`, `2 days`: how long ago, in one unit. */
export function formatAge(at: string, now: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000));
  const [unit, size] = units.find(([, length]) => seconds >= length) ?? ['second', 1];
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'short' }).format(
    Math.floor(seconds / size),
  );
}
