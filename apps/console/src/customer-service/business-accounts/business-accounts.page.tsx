import { Button, Group } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../i18n/i18n.ts';
import { ChoiceFilter, TextFilter } from '../../kit/filters.tsx';
import { FormDialog } from '../../kit/form-dialog.tsx';
import { ListPage } from '../../kit/list-page.tsx';
import { oneOf, typedText, useListState } from '../../kit/list-state.ts';
import { useRefresh } from '../../kit/refresh.tsx';
import { Status } from '../../kit/status.tsx';
import { Time } from '../../kit/time.tsx';
import {
  applicationsQuery,
  applicationStatuses,
  approve,
  customerServiceKey,
  disable,
  reject,
} from '../customer-service.api.ts';

const filters = { status: oneOf(applicationStatuses), q: typedText() };
const refusals = { reject, disable };

interface Decision {
  id: string;
  owner: string;
  kind: 'approve' | 'reject' | 'disable';
}

export default function BusinessAccountsPage() {
  const text = useText();
  const client = useQueryClient();
  const list = useListState(filters);
  const [decision, setDecision] = useState<Decision>();
  const refresh = useRefresh('10', decision !== undefined);
  const query = useQuery({ ...applicationsQuery(list), refetchInterval: refresh.refetchInterval });
  const kindsOf = (status: string) =>
    status === 'active' ? (['disable'] as const) : (['approve', 'reject'] as const);
  return (
    <ListPage
      name="business-accounts"
      title={text('page.businessAccounts')}
      query={query}
      list={list}
      idOf={({ id }) => id}
      refresh={refresh}
      empty={text('business.empty')}
      columns={[
        { id: 'company', title: text('business.company'), render: ({ company_name }) => company_name },
        { id: 'tax', title: text('business.tax'), render: ({ tax_number }) => tax_number },
        {
          id: 'contact',
          title: text('business.contact'),
          render: ({ contact_person_name, contact_phone }) =>
            [contact_person_name, contact_phone].filter(Boolean).join(' · '),
        },
        { id: 'owner', title: text('tickets.customer'), render: ({ owner_email }) => owner_email },
        {
          id: 'status',
          title: text('field.status'),
          render: ({ status, is_rejected }) => (
            <Status
              value={is_rejected ? 'rejected' : status}
              label={text(is_rejected ? 'business.rejected' : `business.${status}`)}
            />
          ),
        },
        { id: 'reason', title: text('field.reason'), render: ({ reason }) => reason },
        {
          id: 'created',
          title: text('field.createdAt'),
          render: ({ created_at }) => <Time at={created_at} />,
        },
        {
          id: 'actions',
          title: '',
          render: ({ id, owner_email, status }) => (
            <Group gap={4} wrap="nowrap">
              {kindsOf(status).map((kind) => (
                <Button
                  key={kind}
                  size="compact-xs"
                  variant="default"
                  onClick={() => setDecision({ id, owner: owner_email, kind })}
                >
                  {text(`business.${kind}`)}
                </Button>
              ))}
            </Group>
          ),
        },
      ]}
      filters={
        <>
          <TextFilter
            main
            label={text('business.search')}
            value={list.filters.q}
            onChange={(q) => list.setFilters({ q })}
          />
          <ChoiceFilter
            label={text('field.status')}
            choices={applicationStatuses.map((value) => ({ value, label: text(`business.${value}`) }))}
            value={list.filters.status}
            onChange={(status) =>
              list.setFilters({ status: status as (typeof applicationStatuses)[number] | undefined })
            }
          />
        </>
      }
    >
      {decision && (
        <FormDialog
          title={`${text(`business.${decision.kind}`)} · ${decision.owner}`}
          action={text(`business.${decision.kind}`)}
          fields={
            decision.kind === 'approve'
              ? [
                  { name: 'assigned_email', label: text('business.assigned'), required: true },
                  { name: 'user_code', label: text('business.code'), required: true },
                ]
              : [
                  {
                    name: 'reason',
                    label: text('field.reason'),
                    kind: 'text',
                    required: true,
                    maxLength: 500,
                  },
                ]
          }
          submit={async ({ assigned_email = '', user_code = '', reason = '' }) => {
            if (decision.kind === 'approve') await approve(decision.id, assigned_email, user_code);
            else await refusals[decision.kind](decision.id, reason);
            await client.invalidateQueries({ queryKey: customerServiceKey });
          }}
          onClose={() => setDecision(undefined)}
        />
      )}
    </ListPage>
  );
}
