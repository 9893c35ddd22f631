import { Checkbox } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useText } from '../../i18n/i18n.ts';
import { TextFilter } from '../../kit/filters.tsx';
import { ListPage } from '../../kit/list-page.tsx';
import { oneOf, typedText, useListState } from '../../kit/list-state.ts';
import { useHeldRows } from '../../kit/held-rows.ts';
import { NewRowsButton } from '../../kit/new-rows-button.tsx';
import { useRefresh } from '../../kit/refresh.tsx';
import { Status } from '../../kit/status.tsx';
import { Time } from '../../kit/time.tsx';
import { messagesQuery } from '../sms-phone.api.ts';

const filters = { unmatched: oneOf(['true']), phone: typedText() };

export default function InboxPage() {
  const text = useText();
  const list = useListState(filters);
  const refresh = useRefresh('10', false);
  const query = useQuery({ ...messagesQuery(list), refetchInterval: refresh.refetchInterval });
  const held = useHeldRows(query, ({ id }) => id, JSON.stringify([list.page, list.size, list.filters]));
  return (
    <ListPage
      name="sms-inbox"
      title={text('page.inbox')}
      query={held.query}
      list={list}
      idOf={({ id }) => id}
      refresh={refresh}
      empty={text('inbox.empty')}
      actions={<NewRowsButton held={held} />}
      columns={[
        {
          id: 'at',
          title: text('field.at'),
          render: ({ received_at }) => <Time at={received_at} />,
          width: 140,
        },
        { id: 'to', title: text('inbox.to'), render: ({ to }) => to },
        { id: 'from', title: text('inbox.from'), render: ({ from }) => from },
        {
          id: 'text',
          title: text('inbox.text'),
          render: (message) => <span title={message.text}>{message.text}</span>,
        },
        { id: 'status', title: text('field.status'), render: ({ status }) => <Status value={status} /> },
        { id: 'reason', title: text('inbox.reason'), render: ({ reason }) => reason },
        { id: 'provider', title: text('inbox.provider'), render: ({ provider }) => provider },
      ]}
      filters={
        <>
          <TextFilter
            main
            label={text('numbers.phone')}
            value={list.filters.phone}
            onChange={(phone) => list.setFilters({ phone })}
          />
          <Checkbox
            size="xs"
            label={text('inbox.unmatched')}
            checked={list.filters.unmatched === 'true'}
            onChange={(event) =>
              list.setFilters({ unmatched: event.currentTarget.checked ? 'true' : undefined })
            }
          />
        </>
      }
    />
  );
}
