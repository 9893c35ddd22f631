import type { z } from 'zod';
import { sourceOf, type App } from '../platform/apps.ts';

/** An app's environment as the `shape` of its `config` declares it, one zod schema for each variable. */
export async function shapeOf(app: App): Promise<z.ZodRawShape> {
  const { shape } = (await import(sourceOf(app, 'config'))) as { shape?: z.ZodRawShape };
  if (!shape) throw new Error(`apps/${app.name}/${app.config} does not export its shape`);
  return shape;
}
