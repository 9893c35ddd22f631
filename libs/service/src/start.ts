export { createFoundation } from './foundation.ts';
export type { AppDependencies, BuiltService, Part, ServiceParts, StoreConfig } from './foundation.ts';
export { startService } from './start-service.ts';
export type { ServiceConfig } from './start-service.ts';
