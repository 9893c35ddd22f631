import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import * as z from 'zod/mini';

export const pageSizes = [20, 50, 100, 200] as const;

export interface SortState {
  field: string;
  order: 'asc' | 'desc';
}

/** What the address says of a list: page, size, order and the page's own filters. */
export interface ListState<Filters> {
  page: number;
  size: number;
  sort: SortState | undefined;
  filters: Filters;
}

export interface ListControl<Filters> extends ListState<Filters> {
  /** Whether any filter is set: an empty list then means that nothing matches. */
  isFiltered: boolean;
  setPage: (page: number) => void;
  setSize: (size: number) => void;
  setSort: (sort: SortState | undefined) => void;
  /** Changes filters and goes back to the first page. `undefined`, `''` and `[]` clear a filter. */
  setFilters: (change: Partial<Filters>) => void;
  clearFilters: () => void;
}

const defaultSize = 50;
const pageField = z.catch(z.coerce.number().check(z.int(), z.minimum(1)), 1);
const sizeField = z.catch(z.pipe(z.coerce.number(), z.literal([...pageSizes])), defaultSize);
const sortField = z.catch(z.optional(z.string().check(z.regex(/^-?\w+$/))), undefined);

/** A filter with one value. */
export const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.catch(z.optional(z.enum(values)), undefined);
/** A filter with several values, repeated in the address. */
export const manyOf = () => z.catch(z.array(z.string()), []);
/** A filter that is typed. */
export const typedText = () => z.catch(z.optional(z.string()), undefined);

/** Reads the state of a list from an address; unknown parameters are dropped, wrong ones take their default. */
export function parseListState<Shape extends z.core.$ZodShape>(
  shape: Shape,
  search: URLSearchParams,
): ListState<z.output<z.ZodMiniObject<Shape>>> {
  const values = Object.fromEntries(
    Object.entries(shape).map(([name, field]) => [
      name,
      takesMany(field) ? search.getAll(name) : (search.get(name) ?? undefined),
    ]),
  );
  const sort = sortField.parse(search.get('sort') ?? undefined);
  return {
    page: pageField.parse(search.get('page') ?? 1),
    size: sizeField.parse(search.get('size') ?? defaultSize),
    sort: sort === undefined ? undefined : parseSort(sort),
    filters: z.object(shape).parse(values),
  };
}

const parseSort = (sort: string): SortState => ({
  field: sort.replace(/^-/, ''),
  order: sort.startsWith('-') ? 'desc' : 'asc',
});

const takesMany = (field: unknown): boolean =>
  field instanceof z.ZodMiniCatch && field.def.innerType instanceof z.ZodMiniArray;

const isEmpty = (value: unknown) =>
  value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

/** Writes a state to an address; defaults are left out. */
export function formatListState(state: ListState<object>): URLSearchParams {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(state.filters)) {
    if (isEmpty(value)) continue;
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) search.append(name, String(one));
  }
  if (state.sort) search.set('sort', `${state.sort.order === 'desc' ? '-' : ''}${state.sort.field}`);
  if (state.page !== 1) search.set('page', String(state.page));
  if (state.size !== defaultSize) search.set('size', String(state.size));
  return search;
}

/**
 * Filters, order, page and size of a list, kept in the address: a copied address shows the same view, and the back button
 * steps through views.
 */
export function useListState<Shape extends z.core.$ZodShape>(
  shape: Shape,
): ListControl<z.output<z.ZodMiniObject<Shape>>> {
  type Filters = z.output<z.ZodMiniObject<Shape>>;
  const [search, setSearch] = useSearchParams();
  const state = useMemo(() => parseListState(shape, search), [shape, search]);
  const write = useCallback(
    (change: Partial<ListState<Filters>>) => {
      setSearch((now) => formatListState({ ...parseListState(shape, now), ...change }));
    },
    [setSearch, shape],
  );
  return {
    ...state,
    isFiltered: Object.values(state.filters).some((value) => !isEmpty(value)),
    setPage: (page) => write({ page }),
    setSize: (size) => write({ size, page: 1 }),
    setSort: (sort) => write({ sort, page: 1 }),
    setFilters: (changed) => write({ filters: { ...state.filters, ...changed }, page: 1 }),
    clearFilters: () => write({ filters: z.object(shape).parse({}), page: 1 }),
  };
}
