import { Alert, Button, Checkbox, Code, Group } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../i18n/i18n.ts';
import { Confirm, ConfirmText } from '../../kit/confirm.tsx';
import { CopyButton } from '../../kit/copy-button.tsx';
import { FormDialog } from '../../kit/form-dialog.tsx';
import { ListPage } from '../../kit/list-page.tsx';
import { useListState } from '../../kit/list-state.ts';
import { useRefresh } from '../../kit/refresh.tsx';
import { Status } from '../../kit/status.tsx';
import { Time } from '../../kit/time.tsx';
import { keysKey, keysQuery, makeKey, revokeKey, scopes, type Scope } from './keys.api.ts';

const filters = {};

export default function KeysPage() {
  const text = useText();
  const client = useQueryClient();
  const list = useListState(filters);
  const [making, setMaking] = useState(false);
  const [granted, setGranted] = useState<Scope[]>(['acquire', 'update']);
  const [made, setMade] = useState<string>();
  const [revoked, setRevoked] = useState<{ id: number; hint: string }>();
  const refresh = useRefresh('60', making || revoked !== undefined);
  const query = useQuery({ ...keysQuery(list), refetchInterval: refresh.refetchInterval });
  const reload = () => client.invalidateQueries({ queryKey: keysKey });
  return (
    <>
      {made !== undefined && (
        <Alert color="yellow" title={text('keys.once')} mb="sm">
          <Code block className="secret">
            {made}
          </Code>
          <Group gap="xs" mt="xs">
            <CopyButton value={made} label={text('action.copy')} />
            <Button size="compact-xs" onClick={() => setMade(undefined)}>
              {text('action.kept')}
            </Button>
          </Group>
        </Alert>
      )}
      <ListPage
        name="keys"
        title={text('page.keys')}
        query={query}
        list={list}
        idOf={({ id }) => id}
        refresh={refresh}
        empty={text('keys.empty')}
        actions={
          <Button size="compact-sm" onClick={() => setMaking(true)} disabled={made !== undefined}>
            {text('keys.make')}
          </Button>
        }
        columns={[
          { id: 'id', title: 'id', render: ({ id }) => id, align: 'right', width: 60 },
          { id: 'owner', title: text('accounts.owner'), render: ({ ownerId }) => ownerId },
          { id: 'scopes', title: text('keys.scopes'), render: (key) => key.scopes.join(' ') },
          { id: 'hint', title: text('keys.hint'), render: ({ hint }) => <Code>{hint}</Code> },
          {
            id: 'created',
            title: text('field.createdAt'),
            render: ({ createdAt }) => <Time at={createdAt} />,
          },
          { id: 'expires', title: text('keys.expires'), render: ({ expiresAt }) => <Time at={expiresAt} /> },
          { id: 'used', title: text('keys.used'), render: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
          {
            id: 'revoke',
            title: '',
            render: ({ id, hint, revokedAt }) =>
              revokedAt ? (
                <Status value="revoked" label={text('keys.revoked')} />
              ) : (
                <Button size="compact-xs" variant="default" onClick={() => setRevoked({ id, hint })}>
                  {text('keys.revoke')}
                </Button>
              ),
          },
        ]}
      />
      {making && (
        <FormDialog
          title={text('keys.make')}
          action={text('keys.make')}
          fields={[
            {
              name: 'ownerId',
              label: text('accounts.owner'),
              required: true,
              description: text('keys.owner.hint'),
            },
            { name: 'expiresAt', label: text('keys.expires'), description: text('keys.expires.hint') },
          ]}
          submit={async ({ ownerId = '', expiresAt }) => {
            const { key } = await makeKey(
              ownerId,
              granted,
              expiresAt ? new Date(expiresAt).toISOString() : null,
            );
            setMade(key);
            await reload();
          }}
          onClose={() => setMaking(false)}
        >
          <Checkbox.Group label={text('keys.scopes')} value={granted} onChange={(value) => setGranted(value)}>
            <Group gap="md" mt={4}>
              {scopes.map((scope) => (
                <Checkbox key={scope} value={scope} label={scope} size="xs" />
              ))}
            </Group>
          </Checkbox.Group>
        </FormDialog>
      )}
      {revoked && (
        <Confirm
          title={text('keys.revoke')}
          action={text('keys.revoke')}
          destructive
          run={async () => {
            await revokeKey(revoked.id);
            await reload();
          }}
          onClose={() => setRevoked(undefined)}
        >
          <ConfirmText>{text('keys.revoke.warning', { hint: revoked.hint })}</ConfirmText>
        </Confirm>
      )}
    </>
  );
}
