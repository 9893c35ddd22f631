import { Button, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../i18n/i18n.ts';
import { ActionButton } from '../../kit/action-button.tsx';
import { FormDialog, linesOf, type Values } from '../../kit/form-dialog.tsx';
import { ListPage } from '../../kit/list-page.tsx';
import { useListState } from '../../kit/list-state.ts';
import { useRefresh } from '../../kit/refresh.tsx';
import { Status } from '../../kit/status.tsx';
import { appSupportKey, cancelPush, createPush, pushesQuery, pushStates } from '../app-support.api.ts';

const filters = {};
const pending = 0;

const pushOf = ({ push_title = '', push_body = '', user_ids, scheduled_at, push_scope }: Values) => ({
  push_title,
  push_body,
  push_scope: push_scope === '0' ? (0 as const) : (1 as const),
  user_ids: linesOf((user_ids ?? '').replaceAll(/[,\s]+/g, '\n')),
  scheduled_at: scheduled_at || null,
});

export default function PushesPage() {
  const text = useText();
  const client = useQueryClient();
  const list = useListState(filters);
  const [composing, setComposing] = useState(false);
  const refresh = useRefresh('10', composing);
  const query = useQuery({ ...pushesQuery(list), refetchInterval: refresh.refetchInterval });
  const reload = () => client.invalidateQueries({ queryKey: appSupportKey });
  const stateName = (state: number) => pushStates[state] ?? 'pending';
  return (
    <ListPage
      name="pushes"
      title={text('page.pushes')}
      query={query}
      list={list}
      idOf={({ id }) => id}
      refresh={refresh}
      empty={text('pushes.empty')}
      actions={
        <Button size="compact-sm" onClick={() => setComposing(true)}>
          {text('pushes.new')}
        </Button>
      }
      columns={[
        { id: 'title', title: text('field.title'), render: ({ push_title }) => push_title },
        {
          id: 'state',
          title: text('field.status'),
          render: ({ push_status }) => (
            <Status value={stateName(push_status)} label={text(`pushes.${stateName(push_status)}`)} />
          ),
        },
        {
          id: 'scope',
          title: text('pushes.scope'),
          render: ({ push_scope, user_ids }) =>
            push_scope === 0 ? text('pushes.all') : text('pushes.users', { count: user_ids.length }),
        },
        {
          id: 'at',
          title: text('pushes.at'),
          render: ({ scheduled_at, published_at }) => (
            <span className="numbers">{published_at ?? scheduled_at}</span>
          ),
        },
        {
          id: 'targeted',
          title: text('pushes.targeted'),
          render: ({ targeted }) => targeted,
          align: 'right',
        },
        { id: 'sent', title: text('pushes.sent'), render: ({ sent }) => sent, align: 'right' },
        { id: 'failed', title: text('pushes.failed'), render: ({ failed }) => failed, align: 'right' },
        { id: 'invalid', title: text('pushes.invalid'), render: ({ invalid }) => invalid, align: 'right' },
        {
          id: 'actions',
          title: '',
          render: ({ id, push_status }) =>
            push_status === pending && (
              <ActionButton
                label={text('action.cancelIt')}
                run={async () => {
                  await cancelPush(id);
                  await reload();
                }}
              />
            ),
        },
      ]}
    >
      {composing && (
        <FormDialog
          title={text('pushes.new')}
          action={text('pushes.send')}
          draft="push:new"
          initial={{ push_scope: '1' }}
          fields={[
            { name: 'push_title', label: text('field.title'), required: true },
            { name: 'push_body', label: text('pushes.body'), kind: 'text', required: true },
            {
              name: 'push_scope',
              label: text('pushes.scope'),
              kind: 'choice',
              choices: [
                { value: '1', label: text('pushes.chosen') },
                { value: '0', label: text('pushes.all') },
              ],
            },
            {
              name: 'user_ids',
              label: text('pushes.ids'),
              kind: 'text',
              description: text('pushes.ids.hint'),
            },
            { name: 'scheduled_at', label: text('pushes.at'), description: text('pushes.at.hint') },
          ]}
          submit={async (values) => {
            await createPush(pushOf(values));
            await reload();
          }}
          onClose={() => setComposing(false)}
        >
          <Text size="xs" c="dimmed">
            {text('pushes.hint')}
          </Text>
        </FormDialog>
      )}
    </ListPage>
  );
}
