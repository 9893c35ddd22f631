import { parseArgs } from 'node:util';
import { startEmbeddedMongo } from './index.ts';

const { values } = parseArgs({
  options: {
    'data-dir': { type: 'string' },
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    socket: { type: 'string' },
  },
});
const dataDir = values['data-dir'];
const port = Number(values.port);

function fail(message: string): never {
  process.stderr.write(`embedded-mongo: ${message}\n`);
  process.exit(1);
}

if (!dataDir) fail('usage: --data-dir DIR [--port N] [--host H] | [--socket PATH]');
if (!Number.isInteger(port) || port < 0 || port > 65535) fail(`--port ${values.port} is no port number`);

try {
  const logger = { error: (fields: object, message: string) => console.error(message, fields) };
  const at = values.socket === undefined ? {} : { socketPath: values.socket };
  const mongo = await startEmbeddedMongo({ dataDir, port, host: values.host, ...at, logger });
  const stop = () => void mongo.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.stdout.write(`${JSON.stringify({ uri: mongo.uri, port: mongo.port, pid: process.pid })}\n`);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
