import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../i18n/i18n.ts';
import { TextFilter } from '../../kit/filters.tsx';
import { FormDialog } from '../../kit/form-dialog.tsx';
import { ListPage } from '../../kit/list-page.tsx';
import { typedText, useListState } from '../../kit/list-state.ts';
import { useRefresh } from '../../kit/refresh.tsx';
import { Status } from '../../kit/status.tsx';
import { Time } from '../../kit/time.tsx';
import {
  contractsQuery,
  createContract,
  customerServiceKey,
  type Contract,
} from '../customer-service.api.ts';
import { ContractDrawer } from './contract-drawer.tsx';

const filters = { owner_email: typedText(), q: typedText() };

export default function ContractsPage() {
  const text = useText();
  const client = useQueryClient();
  const list = useListState(filters);
  const [making, setMaking] = useState(false);
  const [opened, setOpened] = useState<Contract>();
  const refresh = useRefresh('60', making || opened !== undefined);
  const query = useQuery({ ...contractsQuery(list), refetchInterval: refresh.refetchInterval });
  return (
    <ListPage
      name="contracts"
      title={text('page.contracts')}
      query={query}
      list={list}
      idOf={({ id }) => id}
      refresh={refresh}
      empty={text('contracts.empty')}
      onOpen={setOpened}
      actions={
        <Button size="compact-sm" onClick={() => setMaking(true)}>
          {text('contracts.new')}
        </Button>
      }
      columns={[
        { id: 'title', title: text('field.title'), render: ({ title }) => title },
        { id: 'owner', title: text('tickets.customer'), render: ({ owner_email }) => owner_email },
        {
          id: 'signed',
          title: text('field.status'),
          render: ({ is_signed }) => (
            <Status
              value={is_signed ? 'active' : 'pending'}
              label={text(is_signed ? 'contracts.signed' : 'contracts.unsigned')}
            />
          ),
        },
        {
          id: 'created',
          title: text('field.createdAt'),
          render: ({ created_at }) => <Time at={created_at} />,
        },
        {
          id: 'updated',
          title: text('field.updatedAt'),
          render: ({ updated_at }) => <Time at={updated_at} />,
        },
      ]}
      filters={
        <>
          <TextFilter
            main
            label={text('contracts.search')}
            value={list.filters.q}
            onChange={(q) => list.setFilters({ q })}
          />
          <TextFilter
            label={text('tickets.customer')}
            value={list.filters.owner_email}
            onChange={(owner_email) => list.setFilters({ owner_email })}
          />
        </>
      }
    >
      {making && (
        <FormDialog
          title={text('contracts.new')}
          action={text('action.save')}
          draft="contract:new"
          fields={[
            { name: 'owner_email', label: text('tickets.customer'), required: true },
            { name: 'title', label: text('field.title'), required: true, maxLength: 200 },
            { name: 'content_markdown', label: 'Markdown', kind: 'text', required: true },
          ]}
          submit={async ({ owner_email = '', title = '', content_markdown = '' }) => {
            await createContract(owner_email, title, content_markdown);
            await client.invalidateQueries({ queryKey: customerServiceKey });
          }}
          onClose={() => setMaking(false)}
        />
      )}
      {opened && <ContractDrawer contract={opened} onClose={() => setOpened(undefined)} />}
    </ListPage>
  );
}
