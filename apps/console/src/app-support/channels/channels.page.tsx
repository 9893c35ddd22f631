import { Skeleton, Table, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useText } from '../../i18n/i18n.ts';
import { Problem } from '../../kit/problem.tsx';
import { Status } from '../../kit/status.tsx';
import { channelsQuery } from '../app-support.api.ts';

/** Whether codes can be sent by SMS and mail, and why not. */
export default function ChannelsPage() {
  const text = useText();
  const query = useQuery({ ...channelsQuery, refetchInterval: 10_000 });
  return (
    <>
      <Title order={1} size="h4" mb={6}>
        {text('page.channels')}
      </Title>
      {query.isPending && <Skeleton height={120} />}
      {query.isError && <Problem error={query.error} retry={() => void query.refetch()} />}
      {query.data && (
        <Table verticalSpacing={4} aria-label={text('page.channels')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{text('channels.channel')}</Table.Th>
              <Table.Th>{text('field.status')}</Table.Th>
              <Table.Th>{text('field.reason')}</Table.Th>
              <Table.Th>{text('channels.closedUntil')}</Table.Th>
              <Table.Th>{text('channels.lastSuccess')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {query.data.map(({ channel, state, message, cause, closed_until, last_success_at }) => (
              <Table.Tr key={channel}>
                <Table.Td>{channel}</Table.Td>
                <Table.Td>
                  <Status value={state === 'open' ? 'active' : 'failed'} label={text(`channels.${state}`)} />
                </Table.Td>
                <Table.Td>{message ?? cause}</Table.Td>
                <Table.Td className="numbers">{closed_until}</Table.Td>
                <Table.Td className="numbers">{last_success_at}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </>
  );
}
