import { Button, Group, Text, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Rows } from '../api/paging.ts';
import { useText } from '../i18n/i18n.ts';
import { Filters } from './filters.tsx';
import type { ListControl } from './list-state.ts';
import { RefreshSelect, type Refresh } from './refresh.tsx';
import { ResourceTable, type Column } from './resource-table.tsx';
import type { Selection } from './selection.ts';

interface ListPageProps<Row, Id extends string | number> {
  /** Names the list for its hidden columns. */
  name: string;
  title: string;
  columns: Column<Row>[];
  query: UseQueryResult<Rows<Row>>;
  list: ListControl<object>;
  idOf: (row: Row) => Id;
  refresh: Refresh;
  filters?: ReactNode;
  /** Buttons beside the title. */
  actions?: ReactNode;
  selection?: Selection<Id>;
  /** Buttons for the selected rows. */
  bulk?: ReactNode;
  onOpen?: (row: Row) => void;
  empty: string;
  /** Dialogs and drawers. */
  children?: ReactNode;
}

/** The anatomy of every list page: title and actions, filters, bulk actions, the table. */
export function ListPage<Row, Id extends string | number>(props: ListPageProps<Row, Id>) {
  const { title, filters, actions, selection, bulk, refresh, children, empty, ...table } = props;
  const text = useText();
  return (
    <>
      <Group justify="space-between" mb={6}>
        <Title order={1} size="h4">
          {title}
        </Title>
        <Group gap="xs">
          {actions}
          <RefreshSelect value={refresh.interval} onChange={refresh.setInterval} />
        </Group>
      </Group>
      {filters && <Filters>{filters}</Filters>}
      {selection && selection.ids.size > 0 && (
        <Group gap="xs" mb={6} role="toolbar" aria-label={text('list.bulk')}>
          <Text size="sm" fw={600} aria-live="polite">
            {text('list.selected', { count: selection.ids.size })}
          </Text>
          {bulk}
          <Button size="compact-sm" variant="subtle" onClick={selection.clear}>
            {text('list.clearSelection')}
          </Button>
        </Group>
      )}
      <ResourceTable
        {...table}
        title={title}
        {...(selection && { selection })}
        empty={<Text size="sm">{empty}</Text>}
      />
      {children}
    </>
  );
}
