import { pageNumber, type Page } from '@portico/mongo';
import { wholeNumberField } from '@portico/service';
import { z } from 'zod';

export const failure = z.object({ message: z.string() });

/** The envelope of the account endpoints (document 002). */
export const success = <Members extends z.ZodRawShape>(members: Members) =>
  z.object({ success: z.literal(true), message: z.string(), ...members });

/** The envelope of the phone endpoints that lease. */
export const leased = z.object({
  stat: z.literal(true),
  message: z.string(),
  code: z.literal(0),
  data: z.string(),
});

/** ISO 8601 in UTC with `Z`. */
export const timeText = z.iso.datetime();

const maxPage = 1_000_000;
const maxPageSize = 1000;

/** Which page of a list is wanted. */
export const pageQuery = {
  page: wholeNumberField(1, maxPage, `page 必须是 1 到 ${maxPage} 的整数`).default(1),
  page_size: wholeNumberField(1, maxPageSize, `page_size 必须是 1 到 ${maxPageSize} 的整数`).default(20),
};

interface PageQuery {
  page: number;
  page_size: number;
}

export const pageRequest = ({ page, page_size }: PageQuery) => pageNumber(page, page_size);

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  success({ total: z.int(), page: z.int(), page_size: z.int(), items: z.array(item) });

/** A page of a list, of users and of operators alike. */
export const renderPage = <Item>(
  { items, total }: Page<Item>,
  query: PageQuery,
  render: (item: Item) => object,
) => ({
  message: '查询成功',
  total,
  page: query.page,
  page_size: query.page_size,
  items: items.map(render),
});
