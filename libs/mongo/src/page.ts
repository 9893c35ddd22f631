import { AppError } from '@portico/envelope';
import escapeStringRegexp from 'escape-string-regexp';

/** One page of a list, as every store answers it; each dialect renders it its way. */
export interface Page<Item> {
  items: Item[];
  total: number;
}

/** Which part of a list is wanted. */
export interface PageRequest {
  skip: number;
  limit: number;
}

/** Page numbers that start at 1. */
export function pageNumber(page: number, pageSize: number): PageRequest {
  return { skip: (page - 1) * pageSize, limit: pageSize };
}

/** A list of nothing has no pages (documents 001 and 004: `totalPages`, `pages`). */
export function pageCount(total: number, pageSize: number): number {
  return Math.ceil(total / pageSize);
}

/**
 * A case-insensitive substring search from what a person typed: escaped, so that it cannot be a pattern.
 *
 * @throws AppError `invalid_params` for a NUL, which BSON cannot hold in a regular expression
 */
export function containsText(text: string): RegExp {
  if (text.includes('\0')) throw new AppError('invalid_params', { message: 'search: must not contain NUL' });
  return new RegExp(escapeStringRegexp(text), 'i');
}
