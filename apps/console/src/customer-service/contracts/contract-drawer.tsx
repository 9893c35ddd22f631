import { Badge, Button, Code, Drawer, Group, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useText } from '../../i18n/i18n.ts';
import { Confirm, ConfirmText } from '../../kit/confirm.tsx';
import { FormDialog } from '../../kit/form-dialog.tsx';
import { Problem } from '../../kit/problem.tsx';
import { ServerHtml } from '../../kit/server-html.tsx';
import { Time } from '../../kit/time.tsx';
import {
  customerServiceKey,
  deleteContract,
  evidenceQuery,
  updateContract,
  type Contract,
} from '../customer-service.api.ts';

/** A contract as the customer sees it, and the evidence of its signatures. A signed text is frozen. */
export function ContractDrawer({ contract, onClose }: { contract: Contract; onClose: () => void }) {
  const text = useText();
  const client = useQueryClient();
  const [dialog, setDialog] = useState<'edit' | 'delete'>();
  const reload = () => client.invalidateQueries({ queryKey: customerServiceKey });
  return (
    <Drawer opened onClose={onClose} position="right" size="xl" title={contract.title}>
      <Stack gap="md">
        <Group gap="xs">
          <Text size="sm">{contract.owner_email}</Text>
          <Badge variant="light" color={contract.is_signed ? 'green' : 'yellow'} tt="none">
            {text(contract.is_signed ? 'contracts.signed' : 'contracts.unsigned')}
          </Badge>
          <Button
            size="compact-xs"
            variant="default"
            disabled={contract.is_signed}
            onClick={() => setDialog('edit')}
          >
            {text('action.edit')}
          </Button>
          <Button
            size="compact-xs"
            variant="default"
            color="red"
            disabled={contract.is_signed}
            onClick={() => setDialog('delete')}
          >
            {text('action.delete')}
          </Button>
        </Group>
        <ServerHtml html={contract.content_html} />
        <Title order={2} size="h6">
          {text('contracts.evidence')}
        </Title>
        <Evidence contract={contract} />
      </Stack>
      {dialog === 'edit' && (
        <FormDialog
          title={text('action.edit')}
          action={text('action.save')}
          draft={`contract:${contract.id}`}
          initial={{ title: contract.title, content_markdown: contract.content_markdown }}
          fields={[
            { name: 'title', label: text('field.title'), required: true, maxLength: 200 },
            { name: 'content_markdown', label: 'Markdown', kind: 'text', required: true },
          ]}
          submit={async ({ title = '', content_markdown = '' }) => {
            await updateContract(contract.id, title, content_markdown);
            await reload();
            onClose();
          }}
          onClose={() => setDialog(undefined)}
        />
      )}
      {dialog === 'delete' && (
        <Confirm
          title={text('action.delete')}
          action={text('action.delete')}
          destructive
          run={async () => {
            await deleteContract(contract.id);
            await reload();
            onClose();
          }}
          onClose={() => setDialog(undefined)}
        >
          <ConfirmText>{contract.title}</ConfirmText>
        </Confirm>
      )}
    </Drawer>
  );
}

function Evidence({ contract }: { contract: Contract }) {
  const text = useText();
  const query = useQuery(evidenceQuery(contract.id));
  const digest = useDigest(contract.content_markdown);
  if (query.isPending) return <Skeleton height={60} />;
  if (query.isError) return <Problem error={query.error} retry={() => void query.refetch()} />;
  if (query.data.rows.length === 0) return <Text size="sm">{text('contracts.noEvidence')}</Text>;
  return (
    <Table verticalSpacing={3} aria-label={text('contracts.evidence')}>
      <Table.Tbody>
        {query.data.rows.map((event) => (
          <Table.Tr key={event.at}>
            <Table.Td>
              <Time at={event.at} />
            </Table.Td>
            <Table.Td>{text(event.is_signed ? 'contracts.signed' : 'contracts.withdrawn')}</Table.Td>
            <Table.Td>{event.email}</Table.Td>
            <Table.Td>
              {event.ip} · {event.user_agent}
            </Table.Td>
            <Table.Td>
              <Code>{event.sha256.slice(0, 12)}</Code>{' '}
              {digest !== undefined &&
                text(event.sha256 === digest ? 'contracts.sameText' : 'contracts.otherText')}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** SHA-256 of a text in hex, undefined until it is computed or where the page is not served securely. */
function useDigest(content: string): string | undefined {
  const [digest, setDigest] = useState<string>();
  useEffect(() => {
    // Browsers offer it on https and on this machine only.
    if (!window.isSecureContext) return;
    let current = true;
    void crypto.subtle.digest('SHA-256', new TextEncoder().encode(content)).then((bytes) => {
      if (current)
        setDigest(Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join(''));
    });
    return () => {
      current = false;
    };
  }, [content]);
  return digest;
}
