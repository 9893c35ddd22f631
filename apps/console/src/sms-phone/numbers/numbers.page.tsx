import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../i18n/i18n.ts';
import { Confirm, ConfirmText } from '../../kit/confirm.tsx';
import { ChoiceFilter, TextFilter } from '../../kit/filters.tsx';
import { FormDialog, linesOf } from '../../kit/form-dialog.tsx';
import { ListPage } from '../../kit/list-page.tsx';
import { oneOf, typedText, useListState } from '../../kit/list-state.ts';
import { useRefresh } from '../../kit/refresh.tsx';
import { useSelection } from '../../kit/selection.ts';
import { Status } from '../../kit/status.tsx';
import {
  numbersQuery,
  numberStatuses,
  saveNumbers,
  setNumberStatus,
  smsPhoneKey,
  type NumberStatus,
} from '../sms-phone.api.ts';
import { parseNumbers } from './parse-numbers.ts';

const filters = { status: oneOf(numberStatuses), phone: typedText() };

export default function NumbersPage() {
  const text = useText();
  const client = useQueryClient();
  const list = useListState(filters);
  const selection = useSelection<string>(JSON.stringify(list.filters));
  const [dialog, setDialog] = useState<'import' | NumberStatus>();
  const refresh = useRefresh('60', selection.ids.size > 0 || dialog !== undefined);
  const query = useQuery({ ...numbersQuery(list), refetchInterval: refresh.refetchInterval });
  const reload = () => client.invalidateQueries({ queryKey: smsPhoneKey });
  const carriers = [text('numbers.any'), '移动', '联通', '电信'];
  const kinds = [text('numbers.any'), text('numbers.normal'), text('numbers.virtual')];
  const phones = [...selection.ids];
  return (
    <ListPage
      name="numbers"
      title={text('page.numbers')}
      query={query}
      list={list}
      idOf={({ phone }) => phone}
      refresh={refresh}
      selection={selection}
      empty={text('numbers.empty')}
      columns={[
        { id: 'phone', title: text('numbers.phone'), render: ({ phone }) => phone },
        {
          id: 'carrier',
          title: text('numbers.carrier'),
          render: ({ carrier_type }) => carriers[carrier_type],
        },
        { id: 'kind', title: text('numbers.kind'), render: ({ number_type }) => kinds[number_type] },
        {
          id: 'status',
          title: text('field.status'),
          render: ({ status }) => <Status value={status} label={text(`numbers.${status}`)} />,
        },
        { id: 'note', title: text('numbers.note'), render: ({ note }) => note },
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
            choices={numberStatuses.map((value) => ({ value, label: text(`numbers.${value}`) }))}
            value={list.filters.status}
            onChange={(status) => list.setFilters({ status: status as NumberStatus | undefined })}
          />
        </>
      }
      actions={
        <Button size="compact-sm" onClick={() => setDialog('import')}>
          {text('numbers.import')}
        </Button>
      }
      bulk={numberStatuses.map((status) => (
        <Button key={status} size="compact-sm" variant="default" onClick={() => setDialog(status)}>
          {text(`numbers.${status}`)}
        </Button>
      ))}
    >
      {dialog === 'import' && (
        <FormDialog
          title={text('numbers.import')}
          action={text('numbers.import')}
          fields={[
            {
              name: 'numbers',
              label: text('numbers.lines'),
              description: text('numbers.lines.hint'),
              kind: 'text',
              required: true,
            },
          ]}
          submit={async (values) => {
            await saveNumbers(parseNumbers(linesOf(values['numbers'])));
            await reload();
          }}
          onClose={() => setDialog(undefined)}
        />
      )}
      {dialog !== undefined && dialog !== 'import' && (
        <Confirm
          title={text(`numbers.${dialog}`)}
          action={text(`numbers.${dialog}`)}
          count={phones.length}
          destructive={dialog === 'retired'}
          run={async () => {
            for (const phone of phones) await setNumberStatus(phone, dialog);
            selection.clear();
            await reload();
          }}
          onClose={() => setDialog(undefined)}
        >
          <ConfirmText>
            {text('numbers.change', { count: phones.length, status: text(`numbers.${dialog}`) })}
          </ConfirmText>
        </Confirm>
      )}
    </ListPage>
  );
}
