import { Button, Group, Menu, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useText } from '../../i18n/i18n.ts';
import { Filters, ManyFilter, TextFilter } from '../../kit/filters.tsx';
import { manyOf, typedText, useListState } from '../../kit/list-state.ts';
import { RefreshSelect, useRefresh } from '../../kit/refresh.tsx';
import { ResourceTable, type Column } from '../../kit/resource-table.tsx';
import { useSelection } from '../../kit/selection.ts';
import { Status } from '../../kit/status.tsx';
import { Time } from '../../kit/time.tsx';
import { accountActions, AccountActionDialog, type AccountAction } from './account-actions.tsx';
import { AccountDrawer } from './account-drawer.tsx';
import { accountsQuery, type Account } from './accounts.api.ts';

const filters = { owner: typedText(), platform: typedText(), status: manyOf(), search: typedText() };
const knownStatuses = ['available', 'locked', 'used', 'banned', 'exported'];

export default function AccountsPage() {
  const text = useText();
  const list = useListState(filters);
  const selection = useSelection<number>(JSON.stringify(list.filters));
  const [action, setAction] = useState<AccountAction>();
  const [search, setSearch] = useSearchParams();
  const opened = search.get('open');
  const refresh = useRefresh('60', selection.ids.size > 0 || action !== undefined);
  const query = useQuery({ ...accountsQuery(list), refetchInterval: refresh.refetchInterval });
  const open = (id: string | undefined) =>
    setSearch((now) => {
      if (id === undefined) now.delete('open');
      else now.set('open', id);
      return now;
    });

  const columns: Column<Account>[] = [
    { id: 'id', title: 'id', render: ({ id }) => id, sort: 'id', width: 80, align: 'right' },
    { id: 'owner', title: text('accounts.owner'), render: ({ ownerId }) => ownerId, sort: 'ownerId' },
    {
      id: 'platform',
      title: text('accounts.platform'),
      render: ({ platform }) => platform,
      sort: 'platform',
    },
    {
      id: 'customId',
      title: text('accounts.customId'),
      render: ({ customId }) => customId,
      sort: 'customId',
    },
    {
      id: 'status',
      title: text('field.status'),
      render: ({ status }) => <Status value={status} />,
      sort: 'status',
    },
    { id: 'notes', title: text('accounts.notes'), render: ({ notes }) => notes, sort: 'notes' },
    {
      id: 'lockedAt',
      title: text('accounts.lockedAt'),
      render: ({ lockedAt }) => <Time at={lockedAt} />,
      sort: 'lockedAt',
    },
    {
      id: 'leaseEnds',
      title: text('accounts.leaseEnds'),
      render: ({ leaseExpiresAt }) => <Time at={leaseExpiresAt} />,
    },
    {
      id: 'createdAt',
      title: text('field.createdAt'),
      render: ({ createdAt }) => <Time at={createdAt} />,
      sort: 'createdAt',
    },
    {
      id: 'updatedAt',
      title: text('field.updatedAt'),
      render: ({ updatedAt }) => <Time at={updatedAt} />,
      sort: 'updatedAt',
    },
  ];

  return (
    <>
      <Group justify="space-between" mb={6}>
        <Title order={1} size="h4">
          {text('page.accounts')}
        </Title>
        <RefreshSelect value={refresh.interval} onChange={refresh.setInterval} />
      </Group>
      <Filters>
        <TextFilter
          main
          label={text('accounts.search')}
          value={list.filters.search}
          onChange={(value) => list.setFilters({ search: value })}
        />
        <TextFilter
          label={text('accounts.owner')}
          value={list.filters.owner}
          onChange={(owner) => list.setFilters({ owner })}
        />
        <TextFilter
          label={text('accounts.platform')}
          value={list.filters.platform}
          onChange={(platform) => list.setFilters({ platform })}
        />
        <ManyFilter
          label={text('field.status')}
          choices={knownStatuses}
          value={list.filters.status}
          onChange={(status) => list.setFilters({ status })}
        />
      </Filters>
      {selection.ids.size > 0 && (
        <Group gap="xs" mb={6} role="toolbar" aria-label={text('list.bulk')}>
          <Text size="sm" fw={600} aria-live="polite">
            {text('list.selected', { count: selection.ids.size })}
          </Text>
          {accountActions.map(({ name, title }) => (
            <Button key={name} size="compact-sm" variant="default" onClick={() => setAction(name)}>
              {text(title)}
            </Button>
          ))}
          <Menu>
            <Menu.Target>
              <Button size="compact-sm" variant="default">
                {text('accounts.export')}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setAction('export-text')}>{text('accounts.export.text')}</Menu.Item>
              <Menu.Item onClick={() => setAction('export-csv')}>CSV</Menu.Item>
              <Menu.Item onClick={() => setAction('export-json')}>JSON</Menu.Item>
            </Menu.Dropdown>
          </Menu>
          <Button size="compact-sm" variant="subtle" onClick={selection.clear}>
            {text('list.clearSelection')}
          </Button>
        </Group>
      )}
      <ResourceTable
        name="accounts"
        title={text('page.accounts')}
        columns={columns}
        query={query}
        list={list}
        idOf={({ id }) => id}
        selection={selection}
        onOpen={({ id }) => open(String(id))}
        empty={<Text size="sm">{text('accounts.empty')}</Text>}
      />
      {action && (
        <AccountActionDialog
          action={action}
          ids={[...selection.ids]}
          onClose={() => setAction(undefined)}
          onDone={selection.clear}
        />
      )}
      {opened !== null && (
        <AccountDrawer
          id={Number(opened)}
          account={query.data?.rows.find(({ id }) => String(id) === opened)}
          onClose={() => open(undefined)}
        />
      )}
    </>
  );
}
