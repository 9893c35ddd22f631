import { fileOf, readDescriptors } from '@portico/descriptor';
import type { Dialect, DialectFactory } from '@portico/envelope';

/** What stands behind the gateway, as the folders of the services say. */
export const services = (await readDescriptors()).filter(({ kind }) => kind === 'service');

/** How each service words its errors, by its name. */
export const dialects: ReadonlyMap<string, Dialect> = new Map(
  await Promise.all(
    services.map(async (descriptor) => {
      const file = fileOf(descriptor, descriptor.dialect ?? '');
      const { dialect } = (await import(file)) as { dialect: DialectFactory };
      return [descriptor.name, dialect()] as const;
    }),
  ),
);
