import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../i18n/i18n.ts';
import { TextFilter } from '../../kit/filters.tsx';
import { FormDialog, type Values } from '../../kit/form-dialog.tsx';
import { ListPage } from '../../kit/list-page.tsx';
import { typedText, useListState } from '../../kit/list-state.ts';
import { useRefresh } from '../../kit/refresh.tsx';
import { Time } from '../../kit/time.tsx';
import { createProject, customerServiceKey, projectsQuery, updateProject } from '../customer-service.api.ts';

const filters = { owner_email: typedText(), q: typedText() };

export default function ProjectsPage() {
  const text = useText();
  const client = useQueryClient();
  const list = useListState(filters);
  const [edited, setEdited] = useState<{ id?: string; values: Values }>();
  const refresh = useRefresh('60', edited !== undefined);
  const query = useQuery({ ...projectsQuery(list), refetchInterval: refresh.refetchInterval });
  return (
    <ListPage
      name="projects"
      title={text('page.projects')}
      query={query}
      list={list}
      idOf={({ id }) => id}
      refresh={refresh}
      empty={text('projects.empty')}
      onOpen={({ id, owner_email, name, description, overview_markdown }) =>
        setEdited({ id, values: { owner_email, name, description: description ?? '', overview_markdown } })
      }
      actions={
        <Button size="compact-sm" onClick={() => setEdited({ values: {} })}>
          {text('projects.new')}
        </Button>
      }
      columns={[
        { id: 'name', title: text('field.name'), render: ({ name }) => name },
        { id: 'owner', title: text('tickets.customer'), render: ({ owner_email }) => owner_email },
        { id: 'description', title: text('projects.description'), render: ({ description }) => description },
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
            label={text('projects.search')}
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
      {edited && (
        <FormDialog
          title={text(edited.id === undefined ? 'projects.new' : 'action.edit')}
          action={text('action.save')}
          draft={`project:${edited.id ?? 'new'}`}
          initial={edited.values}
          fields={[
            ...(edited.id === undefined
              ? [{ name: 'owner_email', label: text('tickets.customer'), required: true }]
              : []),
            { name: 'name', label: text('field.name'), required: true, maxLength: 200 },
            { name: 'description', label: text('projects.description') },
            { name: 'overview_markdown', label: text('projects.overview'), kind: 'text', required: true },
          ]}
          submit={async ({ owner_email = '', name = '', description, overview_markdown = '' }) => {
            const project = { name, description: description || null, overview_markdown };
            await (edited.id === undefined
              ? createProject(owner_email, project)
              : updateProject(edited.id, project));
            await client.invalidateQueries({ queryKey: customerServiceKey });
          }}
          onClose={() => setEdited(undefined)}
        />
      )}
    </ListPage>
  );
}
