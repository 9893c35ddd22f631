import { pageCount, pageNumber, type Page } from '@portico/mongo';
import { wholeNumberField } from '@portico/service';
import { z } from 'zod';

/** The envelope of document 001 around what a route answers. */
export const success = <Data extends z.ZodType>(data: Data) =>
  z.object({ code: z.literal(0), message: z.string(), data });

export const failure = z.object({ code: z.int(), message: z.string(), data: z.null() });

/** ISO 8601 in UTC with `Z` (contract: lockedAt, notes). */
export const timeText = z.iso.datetime();

const pagination = z.object({ page: z.int(), pageSize: z.int(), total: z.int(), totalPages: z.int() });

/** A page of a list (document 001, PaginationResult). */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  success(z.object({ list: z.array(item), pagination }));

export const maxPage = 1_000_000;
export const maxPageSize = 1000;

export interface PageNumbers {
  page: number;
  pageSize: number;
}

/** Which page of an operators' list is wanted. */
export const pageQuery = {
  page: wholeNumberField(1, maxPage, `page: must be a whole number from 1 to ${maxPage}`).default(1),
  pageSize: wholeNumberField(
    1,
    maxPageSize,
    `pageSize: must be a whole number from 1 to ${maxPageSize}`,
  ).default(10),
};

export const pageRequest = ({ page, pageSize }: PageNumbers) => pageNumber(page, pageSize);

/** A page as the document shows it. */
export function renderPage<Item>(
  { items, total }: Page<Item>,
  { page, pageSize }: PageNumbers,
  render: (item: Item) => object,
): object {
  const numbers = { page, pageSize, total, totalPages: pageCount(total, pageSize) };
  return { data: { list: items.map(render), pagination: numbers } };
}

/** `1 account`, `2 accounts` */
export const countOf = (count: number) => `${count} account${count === 1 ? '' : 's'}`;
