import { measureLoginDelay } from './logins.ts';

/** Prints the row P8 as one line of JSON for `npm run bench`. */
const figures = await measureLoginDelay();
const row = {
  id: 'P8',
  what: 'event-loop delay p99 of a process during 20 concurrent logins',
  figure: figures.p99,
  unit: 'ms',
  goal: { at: 'most', value: 30 },
  details: figures,
};
console.log(JSON.stringify([row]));
