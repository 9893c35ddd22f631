import { announce, createLogger, listen, runProcess } from '@portico/service';
import { buildNotifier } from './app.ts';
import { readConfig } from './config.ts';

await runProcess(async () => {
  const config = readConfig();
  const logger = createLogger('notifier', config.LOG_LEVEL);
  const notifier = buildNotifier(config, logger);
  const operations = await listen(notifier.operations, {
    host: config.OPERATIONS_HOST,
    port: config.OPERATIONS_PORT,
  });
  logger.info({ operationsUrl: operations.url, roles: config.NOTIFIER_ROLES }, 'listening');
  announce(undefined, operations.url);
  void notifier.start();
  return {
    async stop() {
      await notifier.stop();
      await operations.close(1000);
    },
  };
});
