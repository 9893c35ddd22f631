import { measureProxyCost } from './proxy-cost.ts';

/** Prints the rows P1 and P2 as one line of JSON for `npm run bench`. */
const cost = await measureProxyCost();
const { keptByClients, closedByClients } = cost.connections;
const rows = [
  {
    id: 'P1',
    what: 'gateway CPU per proxied GET against bare Express 5 + http-proxy-middleware 4',
    figure: cost.ratio,
    unit: 'times',
    goal: { at: 'most', value: 1 },
    details: { gatewayMicroseconds: cost.gateway, bareMicroseconds: cost.bare, rounds: cost.rounds },
  },
  {
    id: 'P2',
    what: 'connections to a service per 1,000 proxied requests',
    figure: Math.max(keptByClients, closedByClients),
    unit: 'connections',
    goal: { at: 'most', value: 10 },
    details: cost.connections,
  },
];
console.log(JSON.stringify(rows));
