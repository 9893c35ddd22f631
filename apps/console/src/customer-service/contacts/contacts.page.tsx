import { Anchor, Button, Group } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../i18n/i18n.ts';
import { ActionButton } from '../../kit/action-button.tsx';
import { ChoiceFilter, TextFilter } from '../../kit/filters.tsx';
import { FormDialog } from '../../kit/form-dialog.tsx';
import { useHeldRows } from '../../kit/held-rows.ts';
import { ListPage } from '../../kit/list-page.tsx';
import { oneOf, typedText, useListState } from '../../kit/list-state.ts';
import { NewRowsButton } from '../../kit/new-rows-button.tsx';
import { useRefresh } from '../../kit/refresh.tsx';
import { Status } from '../../kit/status.tsx';
import { Time } from '../../kit/time.tsx';
import { changeContact, contactsQuery, customerServiceKey } from '../customer-service.api.ts';

const filters = { is_processed: oneOf(['true', 'false']), q: typedText() };

export default function ContactsPage() {
  const text = useText();
  const client = useQueryClient();
  const list = useListState(filters);
  const [noted, setNoted] = useState<{ id: string; notes: string }>();
  const refresh = useRefresh('10', noted !== undefined);
  const query = useQuery({ ...contactsQuery(list), refetchInterval: refresh.refetchInterval });
  const held = useHeldRows(query, ({ id }) => id, JSON.stringify([list.page, list.size, list.filters]));
  const change = async (...args: Parameters<typeof changeContact>) => {
    await changeContact(...args);
    await client.invalidateQueries({ queryKey: customerServiceKey });
  };
  return (
    <ListPage
      name="contacts"
      title={text('page.contacts')}
      query={held.query}
      list={list}
      idOf={({ id }) => id}
      refresh={refresh}
      empty={text('contacts.empty')}
      actions={<NewRowsButton held={held} />}
      columns={[
        {
          id: 'at',
          title: text('field.at'),
          render: ({ created_at }) => <Time at={created_at} />,
          width: 140,
        },
        { id: 'name', title: text('field.name'), render: ({ name }) => name },
        {
          id: 'email',
          title: text('field.email'),
          render: ({ email }) => (
            <Anchor size="sm" href={`mailto:${encodeURIComponent(email)}`}>
              {email}
            </Anchor>
          ),
        },
        {
          id: 'message',
          title: text('contacts.message'),
          render: ({ message }) => <span title={message}>{message}</span>,
        },
        { id: 'notes', title: text('accounts.notes'), render: ({ admin_notes }) => admin_notes },
        {
          id: 'handled',
          title: text('field.status'),
          render: ({ is_processed }) => (
            <Status
              value={is_processed ? 'replied' : 'pending'}
              label={text(is_processed ? 'contacts.handled' : 'contacts.open')}
            />
          ),
        },
        {
          id: 'actions',
          title: '',
          render: ({ id, is_processed, admin_notes }) => (
            <Group gap={4} wrap="nowrap">
              <ActionButton
                label={text(is_processed ? 'contacts.reopen' : 'contacts.handle')}
                run={() => change(id, { is_processed: !is_processed })}
              />
              <Button
                size="compact-xs"
                variant="default"
                onClick={() => setNoted({ id, notes: admin_notes ?? '' })}
              >
                {text('accounts.notes')}
              </Button>
            </Group>
          ),
        },
      ]}
      filters={
        <>
          <TextFilter
            main
            label={text('contacts.search')}
            value={list.filters.q}
            onChange={(q) => list.setFilters({ q })}
          />
          <ChoiceFilter
            label={text('field.status')}
            choices={[
              { value: 'false', label: text('contacts.open') },
              { value: 'true', label: text('contacts.handled') },
            ]}
            value={list.filters.is_processed}
            onChange={(value) => list.setFilters({ is_processed: value as 'true' | 'false' | undefined })}
          />
        </>
      }
    >
      {noted && (
        <FormDialog
          title={text('accounts.notes')}
          action={text('action.save')}
          draft={`contact:${noted.id}`}
          initial={{ admin_notes: noted.notes }}
          fields={[{ name: 'admin_notes', label: text('accounts.notes'), kind: 'text' }]}
          submit={({ admin_notes }) => change(noted.id, { admin_notes: admin_notes || null })}
          onClose={() => setNoted(undefined)}
        />
      )}
    </ListPage>
  );
}
