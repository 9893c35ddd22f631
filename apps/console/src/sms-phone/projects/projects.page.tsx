import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../i18n/i18n.ts';
import { FormDialog, linesOf, type Values } from '../../kit/form-dialog.tsx';
import { ListPage } from '../../kit/list-page.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Money } from '../../kit/money.tsx';
import { useRefresh } from '../../kit/refresh.tsx';
import { createProject, projectsQuery, smsPhoneKey, updateProject } from '../sms-phone.api.ts';

const filters = {};

const rulesOf = (values: Values) => ({
  name: values['name'] ?? '',
  amount: values['amount'] ?? '',
  signatures: linesOf(values['signatures']),
  senders: linesOf(values['senders']),
  pattern: values['pattern'] || null,
});

export default function ProjectsPage() {
  const text = useText();
  const client = useQueryClient();
  const list = useListState(filters);
  const [edited, setEdited] = useState<Values>();
  const refresh = useRefresh('60', edited !== undefined);
  const query = useQuery({ ...projectsQuery(list), refetchInterval: refresh.refetchInterval });
  const isNew = edited !== undefined && !('existing' in edited);
  return (
    <ListPage
      name="sms-projects"
      title={text('page.smsProjects')}
      query={query}
      list={list}
      idOf={({ project_id }) => project_id}
      refresh={refresh}
      empty={text('smsProjects.empty')}
      actions={
        <Button size="compact-sm" onClick={() => setEdited({})}>
          {text('smsProjects.new')}
        </Button>
      }
      onOpen={({ project_id, name, amount, signatures, senders, pattern }) =>
        setEdited({
          existing: project_id,
          project_id,
          name,
          amount: String(amount),
          signatures: signatures.join('\n'),
          senders: senders.join('\n'),
          pattern: pattern ?? '',
        })
      }
      columns={[
        { id: 'id', title: 'id', render: ({ project_id }) => project_id },
        { id: 'name', title: text('field.name'), render: ({ name }) => name },
        {
          id: 'price',
          title: text('sms.price'),
          render: ({ amount }) => <Money amount={amount} />,
          align: 'right',
        },
        {
          id: 'signatures',
          title: text('smsProjects.signatures'),
          render: ({ signatures }) => signatures.join(' '),
        },
        { id: 'senders', title: text('smsProjects.senders'), render: ({ senders }) => senders.join(' ') },
        { id: 'pattern', title: text('smsProjects.pattern'), render: ({ pattern }) => pattern },
      ]}
    >
      {edited && (
        <FormDialog
          title={
            isNew ? text('smsProjects.new') : text('smsProjects.edit', { id: edited['project_id'] ?? '' })
          }
          action={text('action.save')}
          initial={edited}
          fields={[
            ...(isNew ? [{ name: 'project_id', label: 'id', required: true, maxLength: 64 }] : []),
            { name: 'name', label: text('field.name'), required: true, maxLength: 100 },
            { name: 'amount', label: text('sms.price'), kind: 'number', required: true },
            {
              name: 'signatures',
              label: text('smsProjects.signatures'),
              kind: 'text',
              description: text('form.lines'),
            },
            {
              name: 'senders',
              label: text('smsProjects.senders'),
              kind: 'text',
              description: text('form.lines'),
            },
            {
              name: 'pattern',
              label: text('smsProjects.pattern'),
              description: text('smsProjects.pattern.hint'),
            },
          ]}
          submit={async (values) => {
            const id = values['project_id'] ?? '';
            await (isNew ? createProject(id, rulesOf(values)) : updateProject(id, rulesOf(values)));
            await client.invalidateQueries({ queryKey: smsPhoneKey });
          }}
          onClose={() => setEdited(undefined)}
        />
      )}
    </ListPage>
  );
}
