import { createLogger, createMetrics, runProcess, startHttpProcess, startTracing } from '@portico/service';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';

await runProcess(async () => {
  const config = readConfig();
  const logger = createLogger('app-support', config.LOG_LEVEL);
  await startTracing('app-support', config);
  const metrics = createMetrics('app-support');
  const built = buildApp({ config, logger, metrics });
  // Not awaited: the process answers 503 until the stores are there. A store that can never serve ends it (runProcess).
  void built.start();
  return startHttpProcess({
    config,
    logger,
    metrics,
    app: built.app,
    checks: built.checks,
    close: built.close,
  });
});
