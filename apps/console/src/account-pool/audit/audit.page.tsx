import { Code, Group, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { useText } from '../../i18n/i18n.ts';
import { Filters, TextFilter } from '../../kit/filters.tsx';
import { typedText, useListState } from '../../kit/list-state.ts';
import { RefreshSelect, useRefresh } from '../../kit/refresh.tsx';
import { ResourceTable, type Column } from '../../kit/resource-table.tsx';
import { Time } from '../../kit/time.tsx';
import { auditQuery, type AuditLine } from './audit.api.ts';

const filters = { account: typedText(), owner: typedText() };

export default function AuditPage() {
  const text = useText();
  const list = useListState(filters);
  const refresh = useRefresh('60', false);
  const query = useQuery({ ...auditQuery(list), refetchInterval: refresh.refetchInterval });
  const columns: Column<AuditLine>[] = [
    { id: 'at', title: text('field.at'), render: ({ at }) => <Time at={at} />, width: 140 },
    {
      id: 'account',
      title: text('audit.account'),
      render: ({ accountId }) => <Link to={`/account-pool/accounts?open=${accountId}`}>{accountId}</Link>,
      align: 'right',
    },
    { id: 'owner', title: text('accounts.owner'), render: ({ ownerId }) => ownerId },
    { id: 'platform', title: text('accounts.platform'), render: ({ platform }) => platform },
    { id: 'action', title: text('audit.action'), render: ({ action }) => action },
    {
      id: 'change',
      title: text('audit.change'),
      render: ({ from, to }) => describeChange(from?.status, to?.status),
    },
    { id: 'by', title: text('audit.by'), render: ({ by }) => by },
    { id: 'ip', title: text('audit.address'), render: ({ ip }) => ip },
    {
      id: 'request',
      title: text('audit.request'),
      render: ({ requestId }) => requestId && <Code>{requestId}</Code>,
    },
  ];
  return (
    <>
      <Group justify="space-between" mb={6}>
        <Title order={1} size="h4">
          {text('page.audit')}
        </Title>
        <RefreshSelect value={refresh.interval} onChange={refresh.setInterval} />
      </Group>
      <Filters>
        <TextFilter
          main
          label={text('audit.account')}
          value={list.filters.account}
          onChange={(account) => list.setFilters({ account: account?.replace(/\D/g, '') })}
        />
        <TextFilter
          label={text('accounts.owner')}
          value={list.filters.owner}
          onChange={(owner) => list.setFilters({ owner })}
        />
      </Filters>
      <ResourceTable
        name="audit"
        title={text('page.audit')}
        columns={columns}
        query={query}
        list={list}
        idOf={({ id }) => id}
        empty={<Text size="sm">{text('audit.none')}</Text>}
      />
    </>
  );
}

const describeChange = (from: string | undefined, to: string | undefined) =>
  from === to ? (to ?? '') : [from ?? '–', to ?? '–'].join(' → ');
