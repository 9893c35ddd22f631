import { join } from 'node:path';
import { call } from '@portico/testing';
import { openOutbox, signIn } from '@portico/demo';
import type { Cluster } from './cluster.ts';

/** Somebody at every service, with what they need to ask for. */
export interface Residents {
  /** `Bearer …` of an operator, who is a user of customer-service as well. */
  operator: string;
  /** Token of a user of sms-phone, who holds a number. */
  caller: { token: string; phone: string; projectId: string };
  /** `Token …` of a user of app-support. */
  visitor: string;
}

/** Registers them through the gateway. */
export async function settle(cluster: Cluster): Promise<Residents> {
  const { url, secrets } = cluster;
  const email = secrets['ADMIN_EMAIL'] ?? '';
  const operator = `Bearer ${await signIn(url, { email, password: secrets['ADMIN_PASSWORD'] ?? '' })}`;
  const [caller, visitor] = await Promise.all([newCaller(url, operator), newVisitor(cluster)]);
  return { operator, caller, visitor };
}

async function newCaller(url: string, operator: string): Promise<Residents['caller']> {
  const admin = (path: string, body: object) =>
    accepted(call(`${url}/sms-phone/api/admin/${path}`, { body, headers: { Authorization: operator } }));
  const projectId = '123456';
  const phone = '13800000001';
  await admin('projects', { project_id: projectId, name: '淘宝', amount: 0.5, signatures: ['【淘宝】'] });
  await admin('numbers', { numbers: [{ phone, carrier_type: 1, number_type: 1 }] });
  const ask = <Body>(path: string, query: Record<string, string>) =>
    accepted(call<Body>(`${url}/api/${path}?${new URLSearchParams(query).toString()}`));
  const { user } = await ask<{ user: { token: string } }>('register', {
    username: 'caller',
    password: 'testpassword',
    email: 'caller@example.com',
    security_question: '测试问题? 测试答案',
  });
  const { token } = user;
  await ask('recharge', { token, amount: '10' });
  await ask('get_phone', { token, project_id: projectId, carrier_type: '0', number_type: '0' });
  return { token, phone, projectId };
}

async function newVisitor({ url, folder }: Cluster): Promise<string> {
  const account = 'visitor@example.com';
  const password = 'a-good-passphrase-1';
  const outbox = openOutbox(join(folder, 'outbox.ndjson'));
  const { code } = await outbox.messageAfter(
    () => accepted(call(`${url}/api/auth/send_code`, { body: { account } })),
    ({ to }) => to === account,
  );
  const body = { account, code, password };
  const { data } = await accepted(
    call<{ data: { access_token: string } }>(`${url}/app-support/api/auth/register`, { body }),
  );
  return `Token ${data.access_token}`;
}

async function accepted<Body>(asking: Promise<{ status: number; body: Body }>): Promise<Body> {
  const { status, body } = await asking;
  if (status >= 400) throw new Error(`answered ${status}: ${JSON.stringify(body)}`);
  return body;
}
