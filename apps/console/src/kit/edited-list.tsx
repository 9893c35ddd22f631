import { Button, Group } from '@mantine/core';
import { useQueryClient, type QueryKey, type UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import type { Rows } from '../api/paging.ts';
import { useText } from '../i18n/i18n.ts';
import { Confirm, ConfirmText } from './confirm.tsx';
import { FormDialog, type Field, type Values } from './form-dialog.tsx';
import { ListPage } from './list-page.tsx';
import type { ListControl } from './list-state.ts';
import { useRefresh } from './refresh.tsx';
import type { Column } from './resource-table.tsx';

interface EditedListProps<Row extends { id: number }> {
  name: string;
  title: string;
  /** What the button for another row says. */
  add: string;
  empty: string;
  columns: Column<Row>[];
  list: ListControl<object>;
  query: UseQueryResult<Rows<Row>>;
  /** Invalidated by every change. */
  queryKey: QueryKey;
  fields: readonly Field[];
  valuesOf: (row: Row) => Values;
  labelOf: (row: Row) => string;
  create: (values: Values) => Promise<unknown>;
  update: (id: number, values: Values) => Promise<unknown>;
  remove: (id: number) => Promise<unknown>;
}

/** A short list whose rows are made, changed and deleted here. */
export function EditedList<Row extends { id: number }>(props: EditedListProps<Row>) {
  const { name, title, add, empty, columns, list, query, queryKey, fields } = props;
  const text = useText();
  const client = useQueryClient();
  const [edited, setEdited] = useState<Row | 'new'>();
  const [removed, setRemoved] = useState<Row>();
  const refresh = useRefresh('60', edited !== undefined || removed !== undefined);
  const reload = () => client.invalidateQueries({ queryKey });
  const remove: Column<Row> = {
    id: 'remove',
    title: '',
    render: (row) => (
      <Group gap={4} onClick={(event) => event.stopPropagation()}>
        <Button size="compact-xs" variant="default" onClick={() => setRemoved(row)}>
          {text('action.delete')}
        </Button>
      </Group>
    ),
  };
  return (
    <ListPage
      name={name}
      title={title}
      query={query}
      list={list}
      idOf={({ id }) => id}
      refresh={refresh}
      empty={empty}
      onOpen={setEdited}
      columns={[...columns, remove]}
      actions={
        <Button size="compact-sm" onClick={() => setEdited('new')}>
          {add}
        </Button>
      }
    >
      {edited && (
        <FormDialog
          title={edited === 'new' ? add : props.labelOf(edited)}
          action={text('action.save')}
          fields={fields}
          draft={`${name}:${edited === 'new' ? 'new' : edited.id}`}
          initial={edited === 'new' ? {} : props.valuesOf(edited)}
          submit={async (values) => {
            await (edited === 'new' ? props.create(values) : props.update(edited.id, values));
            await reload();
          }}
          onClose={() => setEdited(undefined)}
        />
      )}
      {removed && (
        <Confirm
          title={text('action.delete')}
          action={text('action.delete')}
          destructive
          run={async () => {
            await props.remove(removed.id);
            await reload();
          }}
          onClose={() => setRemoved(undefined)}
        >
          <ConfirmText>{props.labelOf(removed)}</ConfirmText>
        </Confirm>
      )}
    </ListPage>
  );
}
