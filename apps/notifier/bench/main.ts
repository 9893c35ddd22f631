import { loadConfig, text, wholeNumber } from '@portico/config';
import { measureDeliveries } from './deliveries.ts';

const config = loadConfig('bench', {
  PATH: text(),
  BENCH_MESSAGES: wholeNumber(1000, 10_000_000)
    .default(20_000)
    .meta({ description: 'messages to send through the notifier' }),
});
const figures = await measureDeliveries({ messages: config.BENCH_MESSAGES, searchPath: config.PATH });
const row = {
  id: 'P9',
  what: `pushes per second through one notifier, provider of ${figures.providerLatencyMs} ms`,
  figure: figures.deliveriesPerSecond,
  unit: '/s',
  goal: { at: 'least', value: 1500 },
  details: figures,
};
console.log(JSON.stringify([row]));
