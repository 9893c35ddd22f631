import { bearerScheme, createOperatorAccess } from '@portico/auth';
import { createFoundation, type AppDependencies } from '@portico/service/start';
import { dialect } from '../dialect.ts';
import descriptor from '../service.ts';
import { failure } from './answers.ts';
import type { Config } from './config.ts';
import { createFeatures } from './features.ts';
import { keyScheme } from './keys/access.ts';
import { registerModels } from './models.ts';
import { createStores } from './stores.ts';

/** Wires everything; nothing runs before `start`. */
export function buildApp(dependencies: AppDependencies<Config>) {
  const { config, logger, metrics } = dependencies;
  const foundation = createFoundation(descriptor, dependencies);
  const { mongo, redis, sequence } = foundation;
  const operators = createOperatorAccess({ config, redis });

  const isProduction = config.NODE_ENV === 'production';
  const open = (config.ACCOUNT_POOL_AUTH ?? (isProduction ? 'required' : 'open')) === 'open';
  if (open && isProduction) {
    logger.error(
      { ACCOUNT_POOL_AUTH: 'open' },
      'Accounts are open without a key: unset ACCOUNT_POOL_AUTH to require one',
    );
  }

  const models = registerModels(mongo.connection);
  const stores = createStores(models, sequence);
  const { routes, relay, sweeper, leases } = createFeatures({
    config,
    logger,
    metrics,
    models,
    stores,
    sequence,
    operators,
    open,
  });
  const service = foundation.serve({
    dialect: dialect({ mirrorStatus: config.HTTP_STATUS_MODE === 'mirror' }),
    routes,
    info: {
      version: '1.0.0',
      description: 'Accounts for scripts: upload, lease, update, list, export (document 001)',
      failure,
      securitySchemes: {
        [keyScheme]: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
        [bearerScheme]: { type: 'http', scheme: 'bearer' },
      },
    },
    parts: [relay, sweeper],
    // Requests that wait for an account are answered at once.
    drain: () => leases.drain(),
  });
  return { ...service, stores, relay, sweeper };
}

export type BuiltApp = ReturnType<typeof buildApp>;
