import { useQuery } from '@tanstack/react-query';
import { useText } from '../../i18n/i18n.ts';
import { TextFilter } from '../../kit/filters.tsx';
import { ListPage } from '../../kit/list-page.tsx';
import { typedText, useListState } from '../../kit/list-state.ts';
import { Money } from '../../kit/money.tsx';
import { useRefresh } from '../../kit/refresh.tsx';
import { Time } from '../../kit/time.tsx';
import { ledgerQuery } from '../sms-phone.api.ts';

const filters = { username: typedText() };

export default function LedgerPage() {
  const text = useText();
  const list = useListState(filters);
  const refresh = useRefresh('60', false);
  const query = useQuery({ ...ledgerQuery(list), refetchInterval: refresh.refetchInterval });
  return (
    <ListPage
      name="sms-ledger"
      title={text('page.ledger')}
      query={query}
      list={list}
      idOf={({ id }) => id}
      refresh={refresh}
      empty={text('ledger.empty')}
      columns={[
        { id: 'at', title: text('field.at'), render: ({ at }) => <Time at={at} />, width: 140 },
        { id: 'transaction', title: text('ledger.transaction'), render: ({ transaction }) => transaction },
        { id: 'type', title: text('ledger.type'), render: ({ type }) => type },
        { id: 'account', title: text('ledger.account'), render: ({ account }) => account },
        { id: 'user', title: text('sms.user'), render: ({ username }) => username },
        {
          id: 'amount',
          title: text('sms.amount'),
          render: ({ amount }) => <Money amount={amount} />,
          align: 'right',
        },
        { id: 'lease', title: text('ledger.lease'), render: ({ lease_id }) => lease_id },
        { id: 'reason', title: text('field.reason'), render: ({ reason }) => reason },
      ]}
      filters={
        <TextFilter
          main
          label={text('sms.user')}
          value={list.filters.username}
          onChange={(username) => list.setFilters({ username })}
        />
      }
    />
  );
}
