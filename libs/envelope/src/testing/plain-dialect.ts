import type { Dialect } from '../dialect.ts';
import { outcomeStatus, wording } from '../dialect.ts';

/** A dialect for the tests of libs: outcomes with 200, and errors by their name in the catalogue. */
export const plainDialect: Dialect = {
  locale: 'en',
  success: (result) => ({ code: 0, message: 'Success', ...(result as object) }),
  failure: (error) => ({
    status: outcomeStatus(error, {}),
    body: { code: error.code, message: wording(error, 'en'), data: null },
  }),
};
