import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../resilience/cluster.ts';
import { live, rollOut } from './rollout.ts';

const stores = testStores();
let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({
    stores,
    name: stores.database,
    environment: {
      CUSTOMER_SERVICE_INSTANCES: '2',
      ACCOUNT_POOL_INSTANCES: '2',
      SMS_PHONE_INSTANCES: '0',
      APP_SUPPORT_INSTANCES: '0',
      NOTIFIER_INSTANCES: '0',
    },
  });
});
afterAll(() => cluster.close());

interface Grant {
  access_token: string;
  refresh_token: string;
}

async function granted(path: string, body: object): Promise<Grant> {
  const answer = await call<Grant>(`${cluster.url}${path}`, { body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
}

const signIn = () =>
  granted('/api/auth/login', {
    email: cluster.secrets['ADMIN_EMAIL'],
    password: cluster.secrets['ADMIN_PASSWORD'],
  });

/** How its issuer and another service take a token. */
const taken = async ({ access_token }: Grant) => {
  const headers = { Authorization: `Bearer ${access_token}` };
  const paths = ['/customer-service/api/users/me', '/account-pool/api/admin/keys'];
  return Promise.all(paths.map(async (path) => (await call(`${cluster.url}${path}`, { headers })).status));
};

const keyOf = ({ access_token }: Grant) =>
  (JSON.parse(Buffer.from(access_token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;

it(
  'the keys of operators and sessions are replaced while everybody works',
  { timeout: 1_800_000 },
  async () => {
    const { secrets } = cluster;
    const old = {
      sessions: secrets['SESSION_SECRETS'] ?? '',
      publicKeys: secrets['OPERATOR_PUBLIC_KEYS'] ?? '',
    };
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const next = {
      sessions: `second:${randomBytes(32).toString('base64url')}`,
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      publicKeys: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    };
    const everywhere = ['customer-service', 'account-pool'];

    const before = await signIn();
    let session = await signIn();
    let isOldGood = true;
    const life = live([
      async () => expect(await taken(await signIn())).toEqual([200, 200]),
      async () => {
        session = await granted('/customer-service/api/auth/refresh', {
          refresh_token: session.refresh_token,
        });
        expect(await taken(session)).toEqual([200, 200]);
      },
      async () => {
        if (isOldGood) expect(await taken(before)).toEqual([200, 200]);
      },
    ]);

    await rollOut(
      cluster,
      everywhere,
      {
        OPERATOR_PUBLIC_KEYS: old.publicKeys + next.publicKeys,
        SESSION_SECRETS: `${old.sessions},${next.sessions}`,
      },
      life,
    );
    expect(keyOf(await signIn())).toBe(keyOf(before));

    await rollOut(
      cluster,
      ['customer-service'],
      {
        OPERATOR_PRIVATE_KEY: next.privateKey,
        SESSION_SECRETS: `${next.sessions},${old.sessions}`,
      },
      life,
    );
    const after = await signIn();
    expect(keyOf(after)).not.toBe(keyOf(before));
    expect(await taken(before)).toEqual([200, 200]);

    // A token's life later.
    isOldGood = false;
    await rollOut(
      cluster,
      everywhere,
      {
        OPERATOR_PUBLIC_KEYS: next.publicKeys,
        SESSION_SECRETS: next.sessions,
      },
      life,
    );
    expect(await taken(before)).toEqual([401, 401]);
    expect(await taken(after)).toEqual([200, 200]);
    await life.end();
  },
);
