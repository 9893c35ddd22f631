import { ConfigError, wholeEnvironment } from '@portico/config';
import { runPlatform } from './platform/platform.ts';

// Files and folders of an installation are for its owner alone, also those that its processes make.
process.umask(0o077);

/** `npm start`: runs the whole platform until a signal, or until the process that started this one is gone. */
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
if (process.connected) process.once('disconnect', () => stop.abort());
// A closed terminal or pipe must not end the launcher before it has ended everything else.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stop.abort());

try {
  await runPlatform({
    environment: wholeEnvironment(),
    signal: stop.signal,
    report: (message) => console.log(message),
  });
} catch (error) {
  if (!stop.signal.aborted) {
    // A plain Error is worded for the reader; any other kind is a defect and needs its stack.
    const isWorded = error instanceof ConfigError || (error instanceof Error && error.name === 'Error');
    console.error(isWorded ? error.message : error);
    process.exit(1);
  }
}
process.exit(0);
