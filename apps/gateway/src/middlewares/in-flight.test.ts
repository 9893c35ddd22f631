import { call } from '@portico/testing';
import { beforeEach, expect, it } from 'vitest';
import { startStub } from '../testing/stub-service.ts';
import { startTestGateway } from '../testing/test-gateway.ts';

const held: (() => void)[] = [];
const service = await startStub('any', async (response, { url, body }) => {
  if (/wait/.test(url + body)) await new Promise<void>((resolve) => held.push(resolve));
  response.end('{}');
});
const limits = { TRUSTED_PROXIES: '1', MAX_WAITING: '4', MAX_WAITING_PER_CLIENT: '2', MAX_CONNECTIONS: '3' };
const gateway = await startTestGateway({ 'account-pool': service, 'customer-service': service }, limits);
beforeEach(() => held.splice(0).forEach((resolve) => resolve()));

const from = (ip: string, key = ip) => ({ headers: { 'X-Forwarded-For': ip, 'X-Api-Key': key } });
const wait = (owner: string, options: object) => call(`${gateway.url}/s/v1/${owner}/acquire?wait=9`, options);

it.each([
  ['address', (index: number) => wait(`o${index}`, from('192.0.2.1', `k${index}`))],
  ['key', (index: number) => wait(`o${index}`, from(`192.0.2.${index}`, 'k'))],
  ['owner', (index: number) => wait('o', from(`192.0.2.${index}`))],
])('answers 429 when more requests of one %s wait than its share', async (_kind, send) => {
  const waiting = [send(1), send(2)];
  await expect.poll(() => held.length).toBe(2);
  const refused = await send(3);
  expect(refused).toMatchObject({ status: 429, body: { code: 5001, data: null } });
  expect(refused.headers.get('retry-after')).toBe('1');
  // Others wait, and what does not wait is answered.
  const other = wait('another', from('192.0.2.200'));
  await expect.poll(() => held.length).toBe(3);
  expect((await call(`${gateway.url}/s/v1/o/acquire`, from('192.0.2.1', 'k'))).status).toBe(200);
  held.splice(0).forEach((resolve) => resolve());
  expect((await Promise.all([...waiting, other])).map(({ status }) => status)).toEqual([200, 200, 200]);
  // The share is free again.
  const again = send(4);
  await expect.poll(() => held.length).toBe(1);
  held.splice(0).forEach((resolve) => resolve());
  expect((await again).status).toBe(200);
});

it('counts a wait in the body of a POST twin', async () => {
  const send = () => call(`${gateway.url}/s/v1/o/acquire`, { ...from('192.0.2.1'), body: { wait: 30 } });
  const waiting = [send(), send()];
  await expect.poll(() => held.length).toBe(2);
  expect((await send()).status).toBe(429);
  held.splice(0).forEach((resolve) => resolve());
  await Promise.all(waiting);
});

it('takes no connection of requests that do not wait', async () => {
  const waiting = [1, 2, 3].map((index) => wait(`o${index}`, from(`192.0.2.${index}`)));
  await expect.poll(() => held.length).toBe(3);
  const prompt = Array.from({ length: 3 }, () => call(`${gateway.url}/s/v1/o/acquire`, from('192.0.2.9')));
  expect((await Promise.all(prompt)).map(({ status }) => status)).toEqual([200, 200, 200]);
  held.splice(0).forEach((resolve) => resolve());
  await Promise.all(waiting);
});
