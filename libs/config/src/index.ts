export { ConfigError, describeConfig, loadConfig } from './load.ts';
export type { ConfigRow } from './load.ts';
export {
  boolean,
  commaList,
  duration,
  httpUrl,
  oneOf,
  port,
  requiredInProduction,
  secret,
  text,
  wholeNumber,
} from './fields.ts';
export { httpProcess, processEnvironment, stores } from './fragments.ts';
