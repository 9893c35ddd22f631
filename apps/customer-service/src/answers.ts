import type { Page } from '@portico/mongo';
import { z } from 'zod';

export const failure = z.object({ detail: z.string() });

/** ISO 8601 in UTC with `Z` (contract: times). */
export const timeText = z.iso.datetime();

export const messageOutput = z.object({ message: z.string() });

/** Answers of 204 have no body. */
export const noOutput = z.undefined();

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ total: z.int(), items: z.array(item) });

/** A page as the document shows it. */
export const renderPage = <Item>({ items, total }: Page<Item>, render: (item: Item) => object) => ({
  total,
  items: items.map(render),
});
