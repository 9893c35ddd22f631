import type { ServiceDescriptor } from '@portico/descriptor';
import type { AppDependencies, BuiltService } from './foundation.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { runProcess, startHttpProcess, type HttpProcessOptions } from './process.ts';
import { startTracing, type TracingConfig } from './tracing.ts';

/** What every service reads from its environment. */
export type ServiceConfig = HttpProcessOptions['config'] & TracingConfig & { LOG_LEVEL: string };

/** The process of a service: `main.ts` is this call. */
export async function startService<Config extends ServiceConfig>(
  { name }: Pick<ServiceDescriptor, 'name'>,
  readConfig: () => Config,
  buildApp: (dependencies: AppDependencies<Config>) => BuiltService,
): Promise<void> {
  await runProcess(async () => {
    const config = readConfig();
    const logger = createLogger(name, config.LOG_LEVEL);
    await startTracing(name, config);
    const metrics = createMetrics(name);
    const { app, checks, start, drain, close } = buildApp({ config, logger, metrics });
    // Not awaited: the process answers 503 until the stores are there. A store that can never serve ends it (runProcess).
    void start();
    return startHttpProcess({ config, logger, metrics, app, checks, drain, close });
  });
}
