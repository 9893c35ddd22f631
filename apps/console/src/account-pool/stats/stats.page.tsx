import { Group, Skeleton, Table, Text, Title } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api, read } from '../../api/client.ts';
import { formatNumber, useText } from '../../i18n/i18n.ts';
import { Problem } from '../../kit/problem.tsx';
import { RefreshSelect, useRefresh } from '../../kit/refresh.tsx';
import { statusMatrix } from './status-matrix.ts';

const statsQuery = queryOptions({
  queryKey: ['account-pool', 'stats'],
  queryFn: () => read(api.GET('/account-pool/web/v1/stats/overview')),
});

/** How many accounts there are by owner, platform and status; each figure leads to its list. */
export default function StatsPage() {
  const text = useText();
  const refresh = useRefresh('60', false);
  const query = useQuery({ ...statsQuery, refetchInterval: refresh.refetchInterval });
  return (
    <>
      <Group justify="space-between" mb={6}>
        <Title order={1} size="h4">
          {text('page.stats')}
        </Title>
        <RefreshSelect value={refresh.interval} onChange={refresh.setInterval} />
      </Group>
      {query.isPending && <Skeleton height={200} />}
      {query.isError && <Problem error={query.error} retry={() => void query.refetch()} />}
      {query.data && (
        <>
          <Text size="sm" mb="xs">
            {text('stats.total', { count: query.data.totalAccounts })}
          </Text>
          <Matrix breakdown={query.data.detailedBreakdown} />
        </>
      )}
    </>
  );
}

function Matrix({ breakdown }: { breakdown: Parameters<typeof statusMatrix>[0] }) {
  const text = useText();
  const { statuses, rows } = statusMatrix(breakdown);
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={text('page.stats')}>
      <Table stickyHeader verticalSpacing={3} aria-label={text('page.stats')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{text('accounts.owner')}</Table.Th>
            <Table.Th>{text('accounts.platform')}</Table.Th>
            {statuses.map((status) => (
              <Table.Th key={status} ta="right">
                {status}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ ownerId, platform, counts }) => (
            <Table.Tr key={JSON.stringify([ownerId, platform])}>
              <Table.Td>{ownerId}</Table.Td>
              <Table.Td>{platform}</Table.Td>
              {statuses.map((status) => (
                <Table.Td key={status} ta="right" className="numbers">
                  {counts[status] ? (
                    <Link
                      to={`/account-pool/accounts?${new URLSearchParams({ owner: ownerId, platform, status }).toString()}`}
                    >
                      {formatNumber(counts[status])}
                    </Link>
                  ) : (
                    '–'
                  )}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
