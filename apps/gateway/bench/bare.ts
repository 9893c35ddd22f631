import { Agent } from 'node:http';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { serve } from './serve.ts';

/** The usual proxy with nothing switched on but kept connections. */
const [target] = process.argv.slice(2);
const app = express();
app.disable('x-powered-by');
app.use(createProxyMiddleware({ target, agent: new Agent({ keepAlive: true }) }));
serve(app);
