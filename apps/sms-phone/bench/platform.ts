import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTokenIssuer, signingKey } from '@portico/auth';
import { endProcess, freePort, startMongo, startRedis } from '@portico/data-stores';

const issuer = 'portico/customer-service';

export interface BenchPlatform {
  /** The gateway. */
  url: string;
  mongodbUri: string;
  authorization: string;
  inboundSecret: string;
  stop(): Promise<void>;
}

/** The stores, sms-phone and the gateway, each a process of its own, with data of its own. */
export async function startPlatform(searchPath: string): Promise<BenchPlatform> {
  const dataDir = mkdtempSync(join(tmpdir(), 'portico-bench-'));
  const [mongo, redis] = await Promise.all([
    startMongo({ dataDir: join(dataDir, 'mongodb'), port: await freePort(), searchPath }),
    startRedis({ dataDir: join(dataDir, 'redis'), port: await freePort(), searchPath }),
  ]);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = signingKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const tokens = createTokenIssuer({ key, issuer, audience: issuer, lifetime: 1800 });
  const random = () => randomBytes(32).toString('base64url');
  const inboundSecret = random();
  const processes: ChildProcess[] = [];

  const start = async (app: string, flags: string[], environment: Record<string, string>) => {
    const main = fileURLToPath(new URL(`../../${app}/src/main.ts`, import.meta.url));
    const child = spawn(process.execPath, [...flags, main], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        PATH: searchPath,
        LOG_LEVEL: 'warn',
        HOST: '127.0.0.1',
        OPERATIONS_HOST: '127.0.0.1',
        PORT: '0',
        DATA_DIR: dataDir,
        REDIS_URL: redis.url,
        ...environment,
      },
    });
    processes.push(child);
    return new Promise<{ url: string }>((resolve, reject) => {
      child.once('message', resolve as (message: unknown) => void);
      child.once('exit', () => reject(new Error(`${app} ended at start`)));
    });
  };
  const stop = async () => {
    await Promise.all(processes.map((child) => endProcess(child)));
    await Promise.all([mongo.stop(), redis.stop()]);
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    // As `npm start` runs them; one address sends all of it.
    const service = await start('sms-phone', ['--max-semi-space-size=4'], {
      MONGODB_URI: mongo.url,
      OPERATOR_PUBLIC_KEYS: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      PASSWORD_PEPPERS: `bench:${random()}`,
      TOKEN_SECRETS: `bench:${random()}`,
      SMS_INBOUND_SECRET: inboundSecret,
      SMPP_SIMULATOR: 'false',
    });
    const gateway = await start('gateway', [], { SMS_PHONE_URL: service.url, RATE_LIMITS: 'off' });
    return {
      url: gateway.url,
      mongodbUri: mongo.url,
      authorization: `Bearer ${tokens.issue({ subject: 'bench', role: 'admin', version: 1 }).token}`,
      inboundSecret,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
