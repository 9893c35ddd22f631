import { Button, Group } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../i18n/i18n.ts';
import { ActionButton } from '../../kit/action-button.tsx';
import { ChoiceFilter } from '../../kit/filters.tsx';
import { FormDialog } from '../../kit/form-dialog.tsx';
import { useHeldRows } from '../../kit/held-rows.ts';
import { ListPage } from '../../kit/list-page.tsx';
import { oneOf, useListState } from '../../kit/list-state.ts';
import { NewRowsButton } from '../../kit/new-rows-button.tsx';
import { useRefresh } from '../../kit/refresh.tsx';
import { Status } from '../../kit/status.tsx';
import {
  appSupportKey,
  feedbackQuery,
  feedbackStates,
  replyFeedback,
  setFeedbackState,
  type Feedback,
} from '../app-support.api.ts';

const filters = { feedback_status: oneOf(['0', '1', '2']) };
const closed = 2;

export default function FeedbackPage() {
  const text = useText();
  const client = useQueryClient();
  const list = useListState(filters);
  const [answered, setAnswered] = useState<Feedback>();
  const refresh = useRefresh('10', answered !== undefined);
  const query = useQuery({ ...feedbackQuery(list), refetchInterval: refresh.refetchInterval });
  const held = useHeldRows(query, ({ id }) => id, JSON.stringify([list.page, list.size, list.filters]));
  const reload = () => client.invalidateQueries({ queryKey: appSupportKey });
  const stateName = (state: number) => feedbackStates[state] ?? 'new';
  return (
    <ListPage
      name="feedback"
      title={text('page.feedback')}
      query={held.query}
      list={list}
      idOf={({ id }) => id}
      refresh={refresh}
      empty={text('feedback.empty')}
      onOpen={setAnswered}
      actions={<NewRowsButton held={held} />}
      columns={[
        {
          id: 'at',
          title: text('field.at'),
          render: ({ created_at }) => <span className="numbers">{created_at}</span>,
          width: 160,
        },
        { id: 'user', title: text('sms.user'), render: ({ user_id }) => user_id },
        {
          id: 'content',
          title: text('feedback.content'),
          render: ({ feedback_content }) => <span title={feedback_content}>{feedback_content}</span>,
        },
        { id: 'phone', title: text('field.phone'), render: ({ contact_phone }) => contact_phone },
        {
          id: 'replies',
          title: text('feedback.replies'),
          render: ({ replies }) => replies.length,
          align: 'right',
        },
        {
          id: 'state',
          title: text('field.status'),
          render: ({ feedback_status }) => (
            <Status
              value={stateName(feedback_status)}
              label={text(`feedback.${stateName(feedback_status)}`)}
            />
          ),
        },
        {
          id: 'actions',
          title: '',
          render: (row) => (
            <Group gap={4} wrap="nowrap">
              <Button
                size="compact-xs"
                variant="default"
                onClick={(event) => {
                  event.stopPropagation();
                  setAnswered(row);
                }}
              >
                {text('tickets.reply')}
              </Button>
              <span onClick={(event) => event.stopPropagation()}>
                <ActionButton
                  label={text(row.feedback_status === closed ? 'feedback.reopen' : 'feedback.close')}
                  run={async () => {
                    await setFeedbackState(row.id, row.feedback_status === closed ? 0 : closed);
                    await reload();
                  }}
                />
              </span>
            </Group>
          ),
        },
      ]}
      filters={
        <ChoiceFilter
          label={text('field.status')}
          choices={feedbackStates.map((name, index) => ({
            value: String(index),
            label: text(`feedback.${name}`),
          }))}
          value={list.filters.feedback_status}
          onChange={(value) => list.setFilters({ feedback_status: value as '0' | '1' | '2' | undefined })}
        />
      }
    >
      {answered && (
        <FormDialog
          title={text('tickets.reply')}
          action={text('tickets.send')}
          draft={`feedback:${answered.id}`}
          fields={[{ name: 'reply_content', label: text('tickets.reply'), kind: 'text', required: true }]}
          submit={async ({ reply_content = '' }) => {
            await replyFeedback(answered.id, reply_content);
            await reload();
          }}
          onClose={() => setAnswered(undefined)}
        >
          <div className="prose">{answered.feedback_content}</div>
          {answered.replies.map(({ id, created_at, reply_content }) => (
            <div key={id} className="prose">
              <span className="numbers">{created_at}</span> {reply_content}
            </div>
          ))}
        </FormDialog>
      )}
    </ListPage>
  );
}
