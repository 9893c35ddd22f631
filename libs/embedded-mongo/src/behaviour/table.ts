import { aggregateCases } from './aggregate.ts';
import { findCases } from './find.ts';
import { modifyCases } from './find-and-modify.ts';
import { indexCases } from './indexes.ts';
import { insertCases } from './insert.ts';
import { transactionCases } from './transactions.ts';
import { updateCases } from './update.ts';
import type { Case } from './case.ts';

/** The table of behaviour, for this server and for any other that claims to be MongoDB. */
export const BEHAVIOUR: Record<string, Record<string, Case>> = {
  insert: insertCases,
  update: updateCases,
  find: findCases,
  'findAndModify and retries': modifyCases,
  transactions: transactionCases,
  aggregate: aggregateCases,
  'indexes and collections': indexCases,
};
