import { parseArgs } from 'node:util';
import { measureProxyCost } from './proxy-cost.ts';

/**
 * Prints the rows P1 and P2 as one line of JSON for `npm run bench`. `--beside name=/path/to/main.ts` takes another
 * version of the gateway in the same run; `--rounds` and `--scale` make it shorter.
 */
const { values } = parseArgs({
  options: {
    beside: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '21' },
    scale: { type: 'string', default: '1' },
  },
});
const others = Object.fromEntries(values.beside.map((pair) => pair.split('=', 2) as [string, string]));
const { ratio, bareRatio, medians, connections, rounds } = await measureProxyCost({
  others,
  rounds: Number(values.rounds),
  scale: Number(values.scale),
  onRound: (costs) => console.error(JSON.stringify(costs)),
});
const { keptByClients, closedByClients } = connections;
const rows = [
  {
    id: 'P1',
    what: 'gateway CPU per proxied GET against the same features off the shelf',
    figure: ratio,
    unit: 'times',
    goal: { at: 'most', value: 0.75 },
    details: { microseconds: medians, rounds },
  },
  {
    id: 'P1',
    what: 'gateway CPU per proxied GET against bare Express 5 + http-proxy-middleware 4',
    figure: bareRatio,
    unit: 'times',
    goal: { at: 'most', value: 1.4 },
  },
  {
    id: 'P2',
    what: 'connections to a service beyond the requests in flight at once, per 1,000 proxied requests',
    figure: Math.max(keptByClients, closedByClients),
    unit: 'connections',
    goal: { at: 'most', value: 2 },
    details: connections,
  },
];
console.log(JSON.stringify(rows));
