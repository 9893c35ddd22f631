import { startService } from '@portico/service/start';
import descriptor from '../service.ts';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';

await startService(descriptor, readConfig, buildApp);
