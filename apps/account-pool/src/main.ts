import { createLogger, createMetrics, runProcess, startHttpProcess, startTracing } from '@portico/service';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';

await runProcess(async () => {
  const config = readConfig();
  const logger = createLogger('account-pool', config.LOG_LEVEL);
  await startTracing('account-pool', config);
  const metrics = createMetrics('account-pool');
  const built = buildApp({ config, logger, metrics });
  // Not awaited: the process answers 503 until the stores are there. A store that can never serve ends it (runProcess).
  void built.start();
  return startHttpProcess({
    config,
    logger,
    metrics,
    app: built.app,
    checks: built.checks,
    drain: built.drain,
    close: built.close,
  });
});
