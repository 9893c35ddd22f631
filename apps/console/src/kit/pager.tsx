import { Group, NativeSelect, Pagination, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '../i18n/i18n.ts';
import { pageSizes, type ListControl } from './list-state.ts';

interface PagerProps {
  list: ListControl<object>;
  total: number;
  shown: number;
  children: ReactNode;
}

/** Which rows are shown of how many, page and size. */
export function Pager({ list, total, shown, children }: PagerProps) {
  const text = useText();
  const first = (list.page - 1) * list.size + 1;
  const range =
    shown === 0 ? text('list.none') : text('list.range', { first, last: first + shown - 1, total });
  return (
    <Group justify="space-between" gap="xs" mt={6} wrap="wrap">
      <Group gap="md">
        <Text size="xs" c="dimmed" className="numbers" aria-live="polite">
          {range}
        </Text>
        {children}
      </Group>
      <Group gap="xs">
        <NativeSelect
          size="xs"
          aria-label={text('list.size')}
          value={String(list.size)}
          onChange={(event) => list.setSize(Number(event.currentTarget.value))}
          data={pageSizes.map(String)}
        />
        <Pagination
          size="sm"
          total={Math.max(1, Math.ceil(total / list.size))}
          value={list.page}
          onChange={list.setPage}
          getControlProps={(control) => ({ 'aria-label': text(`pager.${control}`) })}
          getItemProps={(page) => ({ 'aria-label': text('pager.page', { page }) })}
        />
      </Group>
    </Group>
  );
}
