import { useQuery } from '@tanstack/react-query';
import { useText } from '../../i18n/i18n.ts';
import { ChoiceFilter, TextFilter } from '../../kit/filters.tsx';
import { ListPage } from '../../kit/list-page.tsx';
import { oneOf, typedText, useListState } from '../../kit/list-state.ts';
import { Money } from '../../kit/money.tsx';
import { useRefresh } from '../../kit/refresh.tsx';
import { Status } from '../../kit/status.tsx';
import { Time } from '../../kit/time.tsx';
import { leasesQuery, leaseStatuses } from '../sms-phone.api.ts';

const filters = { status: oneOf(leaseStatuses), phone: typedText() };

export default function LeasesPage() {
  const text = useText();
  const list = useListState(filters);
  const refresh = useRefresh('60', false);
  const query = useQuery({ ...leasesQuery(list), refetchInterval: refresh.refetchInterval });
  return (
    <ListPage
      name="sms-leases"
      title={text('page.smsLeases')}
      query={query}
      list={list}
      idOf={({ id }) => id}
      refresh={refresh}
      empty={text('smsLeases.empty')}
      columns={[
        { id: 'user', title: text('sms.user'), render: ({ username }) => username },
        { id: 'project', title: text('sms.project'), render: ({ project_id }) => project_id },
        { id: 'phone', title: text('numbers.phone'), render: ({ phone }) => phone },
        {
          id: 'price',
          title: text('sms.price'),
          render: ({ amount }) => <Money amount={amount} />,
          align: 'right',
        },
        {
          id: 'status',
          title: text('field.status'),
          render: ({ status }) => (
            <Status value={status} label={text(`smsLeases.${status as (typeof leaseStatuses)[number]}`)} />
          ),
        },
        { id: 'from', title: text('field.from'), render: ({ started_at }) => <Time at={started_at} /> },
        { id: 'to', title: text('field.to'), render: ({ ends_at }) => <Time at={ends_at} /> },
      ]}
      filters={
        <>
          <TextFilter
            main
            label={text('numbers.phone')}
            value={list.filters.phone}
            onChange={(phone) => list.setFilters({ phone })}
          />
          <ChoiceFilter
            label={text('field.status')}
            choices={leaseStatuses.map((value) => ({ value, label: text(`smsLeases.${value}`) }))}
            value={list.filters.status}
            onChange={(status) =>
              list.setFilters({ status: status as (typeof leaseStatuses)[number] | undefined })
            }
          />
        </>
      }
    />
  );
}
