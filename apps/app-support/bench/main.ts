import { boolean, loadConfig, text, wholeNumber } from '@portico/config';
import { measurePush } from './push.ts';

const config = loadConfig('bench', {
  PATH: text(),
  BENCH_DEVICES: wholeNumber(100, 10_000_000).default(100_000).meta({ description: 'devices to push to' }),
  BENCH_KILL: boolean().default(false).meta({ description: 'kill both processes twice on the way' }),
});
const figures = await measurePush({
  devices: config.BENCH_DEVICES,
  kill: config.BENCH_KILL,
  searchPath: config.PATH,
});
const row = {
  id: 'app-support push',
  what: `seconds of a push to ${figures.devices} devices, provider of ${figures.providerLatencyMs} ms`,
  figure: figures.seconds,
  unit: 's',
  goal: { at: 'most', value: 180 },
  details: figures,
};
console.log(JSON.stringify([row]));
