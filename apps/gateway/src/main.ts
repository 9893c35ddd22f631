import { runProcess } from '@portico/service';
import { readConfig } from './config.ts';
import { startGateway } from './process.ts';

await runProcess(() => startGateway(readConfig()));
