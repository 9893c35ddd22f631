import { Button, Code, Drawer, Group, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../i18n/i18n.ts';
import { CopyButton } from '../../kit/copy-button.tsx';
import { Problem } from '../../kit/problem.tsx';
import { Status } from '../../kit/status.tsx';
import { Time } from '../../kit/time.tsx';
import { accountTrailQuery } from '../audit/audit.api.ts';
import type { Account } from './accounts.api.ts';

interface AccountDrawerProps {
  id: number;
  account: Account | undefined;
  onClose: () => void;
}

/** One account: its fields, its secret on demand, and what was done to it. */
export function AccountDrawer({ id, account, onClose }: AccountDrawerProps) {
  const text = useText();
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={text('accounts.one', { id: String(id) })}
    >
      <Stack gap="md">
        {account ? <Fields account={account} /> : <Text size="sm">{text('accounts.notOnPage')}</Text>}
        <Title order={2} size="h6">
          {text('page.audit')}
        </Title>
        <Trail id={id} />
      </Stack>
    </Drawer>
  );
}

function Fields({ account }: { account: Account }) {
  const text = useText();
  const [shown, setShown] = useState(false);
  const rows = [
    [text('accounts.owner'), account.ownerId],
    [text('accounts.platform'), account.platform],
    [text('accounts.customId'), account.customId],
    [text('field.status'), <Status key="status" value={account.status} />],
    [text('accounts.notes'), account.notes],
    [text('accounts.lockedAt'), <Time key="locked" at={account.lockedAt} />],
    [text('accounts.leaseEnds'), <Time key="lease" at={account.leaseExpiresAt} />],
    [text('field.createdAt'), <Time key="created" at={account.createdAt} />],
  ] as const;
  return (
    <>
      <Table verticalSpacing={3}>
        <Table.Tbody>
          {rows.map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th w={140}>{name}</Table.Th>
              <Table.Td>{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Group gap="xs">
        <Button size="compact-xs" variant="default" onClick={() => setShown(!shown)}>
          {shown ? text('accounts.data.hide') : text('accounts.data.show')}
        </Button>
        <CopyButton value={account.data} label={text('accounts.data.copy')} />
      </Group>
      {shown && (
        <Code block className="secret">
          {account.data}
        </Code>
      )}
    </>
  );
}

function Trail({ id }: { id: number }) {
  const text = useText();
  const query = useQuery(accountTrailQuery(id));
  if (query.isPending) return <Skeleton height={80} />;
  if (query.isError) return <Problem error={query.error} retry={() => void query.refetch()} />;
  if (query.data.rows.length === 0) return <Text size="sm">{text('audit.none')}</Text>;
  return (
    <Table verticalSpacing={3} aria-label={text('page.audit')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{text('field.at')}</Table.Th>
          <Table.Th>{text('audit.action')}</Table.Th>
          <Table.Th>{text('audit.by')}</Table.Th>
          <Table.Th>{text('audit.request')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {query.data.rows.map((line) => (
          <Table.Tr key={line.id}>
            <Table.Td>
              <Time at={line.at} />
            </Table.Td>
            <Table.Td>{line.action}</Table.Td>
            <Table.Td>{line.by}</Table.Td>
            <Table.Td>
              <Code>{line.requestId}</Code>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
