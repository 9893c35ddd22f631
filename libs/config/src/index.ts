export { ConfigError, describeConfig, loadConfig, wholeEnvironment } from './load.ts';
export type { ConfigRow, Environment } from './load.ts';
export {
  boolean,
  commaList,
  duration,
  httpUrl,
  oneOf,
  port,
  requiredInProduction,
  secret,
  share,
  text,
  wholeNumber,
} from './fields.ts';
export { httpProcess, processEnvironment, stores } from './fragments.ts';
