import { Agent } from 'node:http';
import compression from 'compression';
import cors from 'cors';
import express from 'express';
import helmet from 'helmet';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { Redis } from 'ioredis';
import { pinoHttp } from 'pino-http';
import { Counter, Histogram } from 'prom-client';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { serve } from './serve.ts';

/** What the gateway is measured against: its features from the middlewares that are usual for them. */
const [target, redisUrl = ''] = process.argv.slice(2);
const labelNames = ['method', 'status'] as const;
const requests = new Counter({ name: 'requests_total', help: 'Requests answered', labelNames });
const durations = new Histogram({ name: 'request_duration_seconds', help: 'Time to the end', labelNames });
const limiter = new RateLimiterRedis({
  storeClient: new Redis(redisUrl),
  keyPrefix: 'off-the-shelf',
  points: 100_000_000,
  duration: 60,
});

const app = express();
app.disable('x-powered-by');
app.use(pinoHttp());
app.use((request, response, next) => {
  const stop = durations.startTimer();
  response.once('finish', () => {
    const labels = { method: request.method, status: response.statusCode };
    requests.inc(labels);
    stop(labels);
  });
  next();
});
app.use(helmet());
app.use(cors());
app.use(async (request, response, next) => {
  const { remainingPoints, msBeforeNext } = await limiter.consume(request.ip ?? '');
  response.setHeader('RateLimit-Limit', '100000000');
  response.setHeader('RateLimit-Remaining', String(remainingPoints));
  response.setHeader('RateLimit-Reset', String(Math.ceil(msBeforeNext / 1000)));
  next();
});
app.use(compression());
app.use(createProxyMiddleware({ target, agent: new Agent({ keepAlive: true }) }));
serve(app);
