import { Checkbox, Menu, Skeleton, Table, Text, UnstyledButton } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { Rows } from '../api/paging.ts';
import { useText } from '../i18n/i18n.ts';
import { KeyHelp } from './key-help.tsx';
import type { ListControl } from './list-state.ts';
import { Pager } from './pager.tsx';
import { setPreferences, usePreferences } from './preferences.ts';
import { Problem } from './problem.tsx';
import type { Selection } from './selection.ts';
import { useTableKeys } from './table-keys.ts';

export interface Column<Row> {
  id: string;
  title: string;
  render: (row: Row) => ReactNode;
  width?: number;
  /** The field the server sorts by; without it the header does not sort. */
  sort?: string;
  align?: 'right';
}

interface ResourceTableProps<Row, Id extends string | number> {
  /** Names the list for its hidden columns and for screen readers. */
  name: string;
  title: string;
  columns: Column<Row>[];
  query: UseQueryResult<Rows<Row>>;
  list: ListControl<object>;
  idOf: (row: Row) => Id;
  selection?: Selection<Id>;
  /** Opens the row; `Enter` and a click on it do the same. */
  onOpen?: (row: Row) => void;
  /** What an empty list without filters is for, and the first thing to do. */
  empty: ReactNode;
}

/** Every list of the console: sorting, paging, selection, columns, keyboard, and its loading, empty and failed states. */
export function ResourceTable<Row, Id extends string | number>(props: ResourceTableProps<Row, Id>) {
  const { name, title, query, list, idOf, selection, onOpen } = props;
  const text = useText();
  const hidden = usePreferences().hiddenColumns[name] ?? [];
  const columns = props.columns.filter(({ id }) => !hidden.includes(id));
  const rows = query.data?.rows ?? [];
  const total = query.data?.total ?? 0;
  const [activeId, setActiveId] = useState<Id>();
  const [helpShown, setHelpShown] = useState(false);
  const body = useRef<HTMLTableSectionElement>(null);
  const active = rows.findIndex((row) => idOf(row) === activeId);
  const pages = Math.max(1, Math.ceil(total / list.size));
  const pageIds = rows.map(idOf);
  const selectedHere = pageIds.filter((id) => selection?.has(id)).length;
  const width = columns.length + (selection ? 1 : 0);

  useTableKeys({
    move: (step) => {
      const next = rows[Math.min(Math.max(active + step, 0), rows.length - 1)];
      if (next) setActiveId(idOf(next));
    },
    toggle: () => activeId !== undefined && selection?.toggle(activeId),
    open: () => {
      const row = rows[active];
      if (row) onOpen?.(row);
    },
    clear: () => (selection && selection.ids.size > 0 ? selection.clear() : setActiveId(undefined)),
    focusSearch: () => document.querySelector<HTMLInputElement>('[data-list-search]')?.focus(),
    refresh: () => void query.refetch(),
    turnPage: (step) => {
      if (list.page + step >= 1 && list.page + step <= pages) list.setPage(list.page + step);
    },
    showHelp: () => setHelpShown(true),
  });

  useEffect(() => {
    body.current?.querySelector('[data-active]')?.scrollIntoView({ block: 'nearest' });
  }, [activeId]);

  return (
    <div className="resource-table">
      <div className="refetching" data-on={query.isFetching || undefined} />
      {query.isError && <Problem error={query.error} retry={() => void query.refetch()} />}
      <div className="table-scroll" tabIndex={0} role="region" aria-label={title}>
        <Table
          stickyHeader
          highlightOnHover
          verticalSpacing={3}
          horizontalSpacing="xs"
          aria-rowcount={total}
          aria-label={title}
        >
          <Table.Thead>
            <Table.Tr>
              {selection && (
                <Table.Th w={32}>
                  <Checkbox
                    size="xs"
                    aria-label={text('list.selectPage')}
                    checked={rows.length > 0 && selectedHere === rows.length}
                    indeterminate={selectedHere > 0 && selectedHere < rows.length}
                    onChange={(event) => selection.set(pageIds, event.currentTarget.checked)}
                  />
                </Table.Th>
              )}
              {columns.map((column) => (
                <HeaderCell key={column.id} column={column} list={list} />
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody ref={body}>
            {query.isPending && <SkeletonRows columns={width} />}
            {rows.map((row) => {
              const id = idOf(row);
              return (
                <Table.Tr
                  key={id}
                  data-active={id === activeId || undefined}
                  aria-selected={selection?.has(id)}
                  {...(onOpen && { className: 'can-open' })}
                  onClick={() => {
                    setActiveId(id);
                    if (!window.getSelection()?.toString()) onOpen?.(row);
                  }}
                >
                  {selection && (
                    <Table.Td onClick={(event) => event.stopPropagation()}>
                      <Checkbox
                        size="xs"
                        aria-label={text('list.selectRow', { id: String(id) })}
                        checked={selection.has(id)}
                        onChange={() => selection.toggle(id)}
                      />
                    </Table.Td>
                  )}
                  {columns.map((column) => (
                    <Table.Td
                      key={column.id}
                      {...(column.align && { ta: column.align, className: 'numbers' })}
                    >
                      {column.render(row)}
                    </Table.Td>
                  ))}
                </Table.Tr>
              );
            })}
            {query.isSuccess && rows.length === 0 && (
              <Table.Tr>
                <Table.Td colSpan={width}>
                  <div className="empty">
                    {list.isFiltered ? (
                      <>
                        <Text size="sm">{text('list.noMatch')}</Text>
                        <UnstyledButton className="link" onClick={list.clearFilters}>
                          {text('list.clearFilters')}
                        </UnstyledButton>
                      </>
                    ) : (
                      props.empty
                    )}
                  </div>
                </Table.Td>
              </Table.Tr>
            )}
          </Table.Tbody>
        </Table>
      </div>
      <Pager list={list} total={total} shown={rows.length}>
        <ColumnMenu name={name} columns={props.columns} hidden={hidden} />
        <UnstyledButton className="link" onClick={() => setHelpShown(true)}>
          {text('list.keys')}
        </UnstyledButton>
      </Pager>
      {helpShown && <KeyHelp onClose={() => setHelpShown(false)} />}
    </div>
  );
}

function HeaderCell<Row>({ column, list }: { column: Column<Row>; list: ListControl<object> }) {
  const { sort, title, width, align } = column;
  const order = sort !== undefined && list.sort?.field === sort ? list.sort.order : undefined;
  const next = order === undefined ? 'desc' : order === 'desc' ? 'asc' : undefined;
  return (
    <Table.Th
      {...(width !== undefined && { w: width })}
      {...(align && { ta: align })}
      aria-sort={order === 'asc' ? 'ascending' : order === 'desc' ? 'descending' : sort ? 'none' : undefined}
    >
      {sort ? (
        <UnstyledButton className="sort" onClick={() => list.setSort(next && { field: sort, order: next })}>
          {title} <span aria-hidden>{order === 'asc' ? '▲' : order === 'desc' ? '▼' : '↕'}</span>
        </UnstyledButton>
      ) : (
        title
      )}
    </Table.Th>
  );
}

function SkeletonRows({ columns }: { columns: number }) {
  return Array.from({ length: 8 }, (_row, index) => (
    <Table.Tr key={index}>
      {Array.from({ length: columns }, (_cell, cell) => (
        <Table.Td key={cell}>
          <Skeleton height={12} my={4} />
        </Table.Td>
      ))}
    </Table.Tr>
  ));
}

interface ColumnMenuProps<Row> {
  name: string;
  columns: Column<Row>[];
  hidden: string[];
}

function ColumnMenu<Row>({ name, columns, hidden }: ColumnMenuProps<Row>) {
  const text = useText();
  const all = usePreferences().hiddenColumns;
  const toggle = (id: string) => {
    const next = hidden.includes(id) ? hidden.filter((one) => one !== id) : [...hidden, id];
    // A list without columns shows nothing to switch them on by.
    if (next.length < columns.length) setPreferences({ hiddenColumns: { ...all, [name]: next } });
  };
  return (
    <Menu closeOnItemClick={false} position="top-end">
      <Menu.Target>
        <UnstyledButton className="link">{text('list.columns')}</UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {columns.map(({ id, title }) => (
          <Menu.Item
            key={id}
            role="menuitemcheckbox"
            aria-checked={!hidden.includes(id)}
            onClick={() => toggle(id)}
          >
            {hidden.includes(id) ? '☐' : '☑'} {title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
