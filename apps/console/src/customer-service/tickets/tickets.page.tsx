import { Grid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { useText } from '../../i18n/i18n.ts';
import { ChoiceFilter, TextFilter } from '../../kit/filters.tsx';
import { useHeldRows } from '../../kit/held-rows.ts';
import { ListPage } from '../../kit/list-page.tsx';
import { oneOf, typedText, useListState } from '../../kit/list-state.ts';
import { NewRowsButton } from '../../kit/new-rows-button.tsx';
import { useRefresh } from '../../kit/refresh.tsx';
import { Status } from '../../kit/status.tsx';
import { Time } from '../../kit/time.tsx';
import { ticketsQuery, ticketStatuses } from '../customer-service.api.ts';
import { TicketThread } from './ticket-thread.tsx';

const filters = { status_filter: oneOf(ticketStatuses), creator_email: typedText(), q: typedText() };

/** The desk: tickets beside the thread of the one that is open. */
export default function TicketsPage() {
  const text = useText();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const { id: opened } = useParams();
  const list = useListState(filters);
  const refresh = useRefresh('10', false);
  const query = useQuery({ ...ticketsQuery(list), refetchInterval: refresh.refetchInterval });
  const held = useHeldRows(query, ({ id }) => id, JSON.stringify([list.page, list.size, list.filters]));
  const open = (id: string) =>
    void navigate({ pathname: `/customer-service/tickets/${id}`, search: search.toString() });
  const rows = held.query.data?.rows ?? [];
  const openNext = (after: string) => {
    const next = rows.find(({ id, status }) => id !== after && status === 'pending');
    if (next) open(next.id);
  };
  return (
    <Grid gap="sm">
      <Grid.Col span={{ base: 12, md: opened === undefined ? 12 : 6 }}>
        <ListPage
          name="tickets"
          title={text('page.tickets')}
          query={held.query}
          list={list}
          idOf={({ id }) => id}
          refresh={refresh}
          empty={text('tickets.empty')}
          onOpen={({ id }) => open(id)}
          actions={<NewRowsButton held={held} />}
          columns={[
            { id: 'title', title: text('tickets.subject'), render: ({ title }) => title },
            {
              id: 'type',
              title: text('tickets.type'),
              render: ({ ticket_type }) => text(`tickets.${ticket_type}`),
            },
            { id: 'customer', title: text('tickets.customer'), render: ({ creator_email }) => creator_email },
            {
              id: 'status',
              title: text('field.status'),
              render: ({ status }) => <Status value={status} label={text(`tickets.${status}`)} />,
            },
            {
              id: 'created',
              title: text('field.createdAt'),
              render: ({ created_at }) => <Time at={created_at} />,
            },
          ]}
          filters={
            <>
              <TextFilter
                main
                label={text('tickets.search')}
                value={list.filters.q}
                onChange={(q) => list.setFilters({ q })}
              />
              <TextFilter
                label={text('tickets.customer')}
                value={list.filters.creator_email}
                onChange={(creator_email) => list.setFilters({ creator_email })}
              />
              <ChoiceFilter
                label={text('field.status')}
                choices={ticketStatuses.map((value) => ({ value, label: text(`tickets.${value}`) }))}
                value={list.filters.status_filter}
                onChange={(status) =>
                  list.setFilters({ status_filter: status as (typeof ticketStatuses)[number] | undefined })
                }
              />
            </>
          }
        />
      </Grid.Col>
      {opened !== undefined && (
        <Grid.Col span={{ base: 12, md: 6 }}>
          <TicketThread key={opened} id={opened} onSent={() => openNext(opened)} />
          <Text size="xs" c="dimmed" mt="xs">
            {text('tickets.keys')}
          </Text>
        </Grid.Col>
      )}
    </Grid>
  );
}
