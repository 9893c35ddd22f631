import { Button, Group } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText, type TextKey } from '../../i18n/i18n.ts';
import { Confirm, ConfirmText } from '../../kit/confirm.tsx';
import { TextFilter } from '../../kit/filters.tsx';
import { ListPage } from '../../kit/list-page.tsx';
import { typedText, useListState } from '../../kit/list-state.ts';
import { useRefresh } from '../../kit/refresh.tsx';
import { Status } from '../../kit/status.tsx';
import { Time } from '../../kit/time.tsx';
import { changeUser, customerServiceKey, usersQuery } from '../customer-service.api.ts';

const filters = { email: typedText() };

interface Change {
  id: string;
  email: string;
  title: TextKey;
  body: Parameters<typeof changeUser>[1];
}

export default function UsersPage() {
  const text = useText();
  const client = useQueryClient();
  const list = useListState(filters);
  const [change, setChange] = useState<Change>();
  const refresh = useRefresh('60', change !== undefined);
  const query = useQuery({ ...usersQuery(list), refetchInterval: refresh.refetchInterval });
  return (
    <ListPage
      name="customers"
      title={text('page.customers')}
      query={query}
      list={list}
      idOf={({ id }) => id}
      refresh={refresh}
      empty={text('customers.empty')}
      columns={[
        { id: 'email', title: text('field.email'), render: ({ email }) => email },
        { id: 'name', title: text('field.name'), render: ({ full_name }) => full_name },
        { id: 'phone', title: text('field.phone'), render: ({ phone_number }) => phone_number },
        { id: 'role', title: text('customers.role'), render: ({ role }) => text(`customers.${role}`) },
        {
          id: 'active',
          title: text('field.status'),
          render: ({ is_active }) => (
            <Status
              value={is_active ? 'active' : 'disabled'}
              label={text(is_active ? 'field.active' : 'field.disabled')}
            />
          ),
        },
        { id: 'since', title: text('field.createdAt'), render: ({ created_at }) => <Time at={created_at} /> },
        {
          id: 'actions',
          title: '',
          render: ({ id, email, is_active, role }) => (
            <Group gap={4} wrap="nowrap">
              <Button
                size="compact-xs"
                variant="default"
                onClick={() =>
                  setChange({
                    id,
                    email,
                    title: is_active ? 'customers.disable' : 'customers.enable',
                    body: { is_active: !is_active },
                  })
                }
              >
                {text(is_active ? 'customers.disable' : 'customers.enable')}
              </Button>
              <Button
                size="compact-xs"
                variant="default"
                onClick={() =>
                  setChange({
                    id,
                    email,
                    title: role === 'admin' ? 'customers.demote' : 'customers.promote',
                    body: { role: role === 'admin' ? 'user' : 'admin' },
                  })
                }
              >
                {text(role === 'admin' ? 'customers.demote' : 'customers.promote')}
              </Button>
            </Group>
          ),
        },
      ]}
      filters={
        <TextFilter
          main
          label={text('field.email')}
          value={list.filters.email}
          onChange={(email) => list.setFilters({ email })}
        />
      }
    >
      {change && (
        <Confirm
          title={text(change.title)}
          action={text(change.title)}
          destructive={change.body.is_active === false || change.body.role === 'admin'}
          run={async () => {
            await changeUser(change.id, change.body);
            await client.invalidateQueries({ queryKey: customerServiceKey });
          }}
          onClose={() => setChange(undefined)}
        >
          <ConfirmText>{change.email}</ConfirmText>
        </Confirm>
      )}
    </ListPage>
  );
}
