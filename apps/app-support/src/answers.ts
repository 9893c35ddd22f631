import { pageCount, pageNumber, type Page, type PageRequest } from '@portico/mongo';
import { wholeNumberField } from '@portico/service';
import { z } from 'zod';

/** The envelope of document 004 around what a route answers. */
export const success = <Data extends z.ZodType>(data: Data) =>
  z.object({ code: z.literal(0), message: z.literal('success'), data });

/** Of routes that have nothing to say. */
export const emptySuccess = success(z.strictObject({}));

export const failure = z.object({ code: z.int(), message: z.string(), data: z.strictObject({}) });

/** `YYYY-MM-DD HH:mm:ss` */
export const timeText = z.string().regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/);

/** Members that every object of the document has. */
export const commonMembers = {
  id: z.int(),
  app_id: z.string(),
  created_at: timeText,
  updated_at: timeText,
};

const maxPage = 1_000_000;

/** Which page of a list is wanted (document 004: 分页). */
export const pageQuery = {
  page_no: wholeNumberField(1, maxPage, 'page_no 必须是正整数').default(1),
  page_size: wholeNumberField(1, 100, 'page_size 必须是 1 到 100 的整数').default(20),
};

interface PageQuery {
  page_no: number;
  page_size: number;
}

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  success(
    z.object({
      total: z.int(),
      pages: z.int(),
      current_page: z.int(),
      page_size: z.int(),
      data: z.array(item),
    }),
  );

export const pageRequest = ({ page_no, page_size }: PageQuery): PageRequest => pageNumber(page_no, page_size);

/** A page as the document shows it. */
export function renderPage<Item>(
  { items, total }: Page<Item>,
  query: PageQuery,
  render: (item: Item) => object,
): object {
  return {
    total,
    pages: pageCount(total, query.page_size),
    current_page: query.page_no,
    page_size: query.page_size,
    data: items.map(render),
  };
}
