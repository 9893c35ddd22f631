import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { useText } from '../../i18n/i18n.ts';
import { TextFilter } from '../../kit/filters.tsx';
import { FormDialog } from '../../kit/form-dialog.tsx';
import { ListPage } from '../../kit/list-page.tsx';
import { typedText, useListState } from '../../kit/list-state.ts';
import { Money } from '../../kit/money.tsx';
import { useRefresh } from '../../kit/refresh.tsx';
import { Time } from '../../kit/time.tsx';
import { grant, smsPhoneKey, usersQuery } from '../sms-phone.api.ts';

const filters = { search: typedText() };

export default function UsersPage() {
  const text = useText();
  const client = useQueryClient();
  const list = useListState(filters);
  // Made when the dialog opens: a second click repeats the request and credits once.
  const [granted, setGranted] = useState<{ username: string; key: string }>();
  const refresh = useRefresh('60', granted !== undefined);
  const query = useQuery({ ...usersQuery(list), refetchInterval: refresh.refetchInterval });
  return (
    <ListPage
      name="sms-users"
      title={text('page.smsUsers')}
      query={query}
      list={list}
      idOf={({ id }) => id}
      refresh={refresh}
      empty={text('smsUsers.empty')}
      columns={[
        {
          id: 'name',
          title: text('sms.user'),
          render: ({ username }) => (
            <Link to={`/sms-phone/ledger?${new URLSearchParams({ username }).toString()}`}>{username}</Link>
          ),
        },
        { id: 'email', title: text('field.email'), render: ({ email }) => email },
        {
          id: 'balance',
          title: text('sms.balance'),
          render: ({ balance }) => <Money amount={balance} />,
          align: 'right',
        },
        {
          id: 'frozen',
          title: text('sms.frozen'),
          render: ({ frozen }) => <Money amount={frozen} />,
          align: 'right',
        },
        { id: 'since', title: text('field.createdAt'), render: ({ created_at }) => <Time at={created_at} /> },
        {
          id: 'grant',
          title: '',
          render: ({ username }) => (
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => setGranted({ username, key: crypto.randomUUID() })}
            >
              {text('smsUsers.grant')}
            </Button>
          ),
        },
      ]}
      filters={
        <TextFilter
          main
          label={text('smsUsers.search')}
          value={list.filters.search}
          onChange={(search) => list.setFilters({ search })}
        />
      }
    >
      {granted && (
        <FormDialog
          title={text('smsUsers.grantTo', { user: granted.username })}
          action={text('smsUsers.grant')}
          fields={[
            { name: 'amount', label: text('sms.amount'), kind: 'number', required: true },
            { name: 'reason', label: text('field.reason'), required: true, maxLength: 200 },
          ]}
          submit={async ({ amount = '', reason = '' }) => {
            await grant(granted.username, amount, reason, granted.key);
            await client.invalidateQueries({ queryKey: smsPhoneKey });
          }}
          onClose={() => setGranted(undefined)}
        />
      )}
    </ListPage>
  );
}
