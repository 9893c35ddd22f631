import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { wholeEnvironment } from '@portico/config';
import { root } from '@portico/launcher';
import { call } from './call.ts';
import type { Stage, Story } from './stage.ts';

const projectId = '123456';
/** New ones each time: a number that has received a code is not given out for that project again. */
const numbers = Array.from(
  { length: 3 },
  (_, index) => `138${String((Date.now() + index) % 100_000_000).padStart(8, '0')}`,
);

/** Document 002: register, charge the account, lease a number, and receive the code that is sent to it. */
export const smsPhoneStory: Story = {
  name: 'sms-phone',
  title: 'sms-phone: from the registration to the code (document 002)',
  needs: ['sms-phone', 'customer-service'],
  async tell(stage) {
    const { say } = stage;
    await stock(stage);
    const token = await register(stage);
    const ask = <Data>(path: string, query: Record<string, string>) =>
      get<Data>(stage.url, path, { token, ...query });

    const charged = await ask<{ balance: number }>('/api/recharge', { amount: '10' });
    const { projects } = await ask<{ projects: { name: string; amount: number }[] }>('/api/search_projects', {
      project_id: projectId,
    });
    const [project] = projects;
    say(`balance ${charged.balance}; a code for ${project?.name} costs ${project?.amount}`);

    const { data: phone, message } = await ask<{ data: string; message: string }>('/api/get_phone', {
      project_id: projectId,
      carrier_type: '0',
      number_type: '0',
    });
    say(`${message}: ${phone}`);
    const code = String(100_000 + (Date.now() % 900_000));
    const text = `【淘宝】您的验证码是${code}，5分钟内有效。如非本人操作，请忽略本短信。`;
    const waiting = ask<{ data: string; verification_code: string }>('/api/get_sms_code', {
      project_id: projectId,
      phone,
      wait: '20',
    });
    await Promise.all([waiting, send(phone, text, stage)]);
    const received = await waiting;
    if (received.data !== text || received.verification_code !== code)
      throw new Error(`another text came: ${received.data}`);
    say(`received: ${received.data}`);

    await ask('/api/release_phone', { project_id: projectId, phone });
    const { balance } = await ask<{ balance: number }>('/api/balance', {});
    say(`the code is ${received.verification_code}; released, balance ${balance}`);
    if (Math.abs(balance - (charged.balance - (project?.amount ?? 0))) > 0.001)
      throw new Error(`the balance should have gone down by ${project?.amount}`);
  },
};

/** Numbers and a project, which are the operator's. */
async function stock({ url, say, operatorToken }: Stage): Promise<void> {
  const headers = { Authorization: `Bearer ${await operatorToken()}` };
  const admin = `${url}/sms-phone/api/admin`;
  const stocked = await call<{ created: number; updated: number; message?: string }>(`${admin}/numbers`, {
    body: { numbers: numbers.map((phone) => ({ phone, carrier_type: 1, number_type: 1 })) },
    headers,
  });
  if (stocked.status >= 400)
    throw new Error(`the numbers were answered ${stocked.status}: ${stocked.body.message}`);
  const project = { project_id: projectId, name: '淘宝', amount: 0.5, signatures: ['【淘宝】'] };
  const known = await call<object>(`${admin}/projects/${projectId}`, {
    method: 'PUT',
    body: project,
    headers,
  });
  if (known.status === 404) await call(`${admin}/projects`, { body: project, headers });
  say(`the operator has ${stocked.body.created} new numbers and a project`);
}

async function register({ url, say }: Stage): Promise<string> {
  // Another one each time: a user name is registered once.
  const username = `demo${Date.now().toString(36)}`;
  const password = 'testpassword';
  const { user } = await get<{ user: { id: number; balance: number } }>(url, '/api/register', {
    username,
    password,
    email: `${username}@example.com`,
    security_question: '测试问题? 测试答案',
  });
  const login = await get<{ user: { token: string } }>(url, '/api/login', { username, password });
  say(`user ${user.id} (${username}) is registered, balance ${user.balance}, and signed in`);
  return login.user.token;
}

/** Sends a message to a number through the real connector, as `npm run sms:send` does. */
async function send(to: string, text: string, { dataDir }: Stage): Promise<void> {
  const child = spawn('npm', ['run', '--silent', 'sms:send', '--', '--to', to, '--text', text], {
    cwd: root,
    env: { ...wholeEnvironment(), DATA_DIR: dataDir },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`npm run sms:send ended with ${code}`);
}

async function get<Data>(url: string, path: string, query: Record<string, string>): Promise<Data> {
  const { status, body } = await call<Data & { message: string }>(
    `${url}${path}?${new URLSearchParams(query).toString()}`,
  );
  if (status >= 400) throw new Error(`${path} answered ${status}: ${body.message}`);
  return body;
}
