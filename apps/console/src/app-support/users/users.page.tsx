import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useText } from '../../i18n/i18n.ts';
import { ActionButton } from '../../kit/action-button.tsx';
import { TextFilter } from '../../kit/filters.tsx';
import { ListPage } from '../../kit/list-page.tsx';
import { typedText, useListState } from '../../kit/list-state.ts';
import { useRefresh } from '../../kit/refresh.tsx';
import { Status } from '../../kit/status.tsx';
import { appSupportKey, setUserActive, usersQuery } from '../app-support.api.ts';

const filters = { search: typedText() };

export default function UsersPage() {
  const text = useText();
  const client = useQueryClient();
  const list = useListState(filters);
  const refresh = useRefresh('60', false);
  const query = useQuery({ ...usersQuery(list), refetchInterval: refresh.refetchInterval });
  return (
    <ListPage
      name="app-users"
      title={text('page.appUsers')}
      query={query}
      list={list}
      idOf={({ id }) => id}
      refresh={refresh}
      empty={text('appUsers.empty')}
      columns={[
        { id: 'id', title: 'id', render: ({ id }) => id, align: 'right', width: 70 },
        { id: 'name', title: text('field.name'), render: ({ nickname, username }) => nickname || username },
        {
          id: 'phone',
          title: text('field.phone'),
          render: ({ area, phone }) => [area && `+${area}`, phone].filter(Boolean).join(' '),
        },
        { id: 'email', title: text('field.email'), render: ({ email }) => email },
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
        {
          id: 'since',
          title: text('field.createdAt'),
          render: ({ created_at }) => <span className="numbers">{created_at}</span>,
        },
        {
          id: 'actions',
          title: '',
          render: ({ id, is_active }) => (
            <ActionButton
              label={text(is_active ? 'customers.disable' : 'customers.enable')}
              run={async () => {
                await setUserActive(id, !is_active);
                await client.invalidateQueries({ queryKey: appSupportKey });
              }}
            />
          ),
        },
      ]}
      filters={
        <TextFilter
          main
          label={text('appUsers.search')}
          value={list.filters.search}
          onChange={(search) => list.setFilters({ search })}
        />
      }
    />
  );
}
