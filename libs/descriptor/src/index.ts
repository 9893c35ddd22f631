export { databaseName, urlVariable, variablePrefix } from './names.ts';
export { fileOf, readDescriptors, workspaceRoot } from './read.ts';
export { limitClasses } from './schema.ts';
export type { Descriptor, LimitClass, MetricRow, ServiceDescriptor } from './schema.ts';
