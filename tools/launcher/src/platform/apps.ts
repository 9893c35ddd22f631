import { fileOf, readDescriptors, workspaceRoot, type Descriptor } from '@portico/descriptor';

export { variablePrefix as prefixOf } from '@portico/descriptor';

/** A deployable of this product, as its `service.ts` describes it. */
export type App = Descriptor;

/** The checkout. */
export const root = workspaceRoot;

/** Every app of this checkout, by name. */
export const apps: readonly App[] = await readDescriptors();

/** A file at the top of an app's source. */
export function sourceOf(app: App, file: 'main' | 'config'): string {
  return fileOf(app, file === 'main' ? 'src/main.ts' : app.config);
}
