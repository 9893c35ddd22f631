import type { Dialect, DialectFactory } from '@portico/envelope';
import { fileOf, readDescriptors } from '@portico/descriptor';

/** The four services behind the gateway, by the name of their app and path prefix. */
export const serviceNames = ['account-pool', 'sms-phone', 'customer-service', 'app-support'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** The dialect of each service, by its name. */
export const dialects = await loadDialects();

async function loadDialects(): Promise<Record<ServiceName, Dialect>> {
  const services = (await readDescriptors()).filter(({ kind }) => kind === 'service');
  const loaded = services.map(async (descriptor) => {
    const { dialect } = (await import(fileOf(descriptor, descriptor.dialect ?? ''))) as {
      dialect: DialectFactory;
    };
    return [descriptor.name, dialect()] as const;
  });
  return Object.fromEntries(await Promise.all(loaded)) as Record<ServiceName, Dialect>;
}
