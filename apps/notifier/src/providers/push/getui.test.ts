import { createHash } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { attempt } from '../../peers/attempt.ts';
import { httpPeer, type HttpPeer, type HttpReply } from '../../peers/http-peer.ts';
import { getuiProvider } from './getui.ts';

let peer: HttpPeer | undefined;
afterEach(() => peer?.close());

const content = {
  id: '0f5c0a4e-1111-4222-8333-444455556666',
  to: 'cid-1',
  title: '通知',
  body: '正文',
  payload: {},
};

async function getui(reply: (times: number) => HttpReply | undefined) {
  let tokens = 0;
  const started = await httpPeer(({ path, body, headers }) => {
    if (path === '/v2/app/auth') {
      const { sign, timestamp, appkey } = JSON.parse(body) as Record<string, string>;
      const expected = createHash('sha256').update(`key${timestamp}master`).digest('hex');
      if (sign !== expected || appkey !== 'key') return { body: { code: 10002, msg: 'auth failed' } };
      tokens++;
      return {
        body: { code: 0, data: { token: `t-${tokens}`, expire_time: String(Date.now() + 86_400_000) } },
      };
    }
    if (headers['token'] !== `t-${tokens}`) return { body: { code: 10001, msg: 'token error' } };
    return reply(started.requests.filter((request) => request.path.endsWith('/cid')).length);
  });
  peer = started;
  const options = { url: peer.url, appId: 'app', appKey: 'key', masterSecret: 'master' };
  return { provider: getuiProvider(options), options, tokens: () => tokens };
}

it('authenticates once and pushes to one client', async () => {
  const { provider, tokens } = await getui(() => ({
    body: { code: 0, data: { 'task-1': { 'cid-1': 'successed_online' } } },
  }));
  expect(await Promise.all([1, 2, 3].map(() => attempt(provider, content)))).toEqual(
    [1, 2, 3].map(() => ({ sent: 'task-1' })),
  );
  expect(tokens()).toBe(1);
  const bodies = peer?.requests
    .filter(({ path }) => path === '/v2/app/push/single/cid')
    .map(({ body }) => JSON.parse(body) as { request_id: string; audience: object; push_message: object });
  expect(bodies?.[0]).toMatchObject({
    audience: { cid: ['cid-1'] },
    push_message: { notification: { title: '通知', body: '正文' } },
  });
  expect(new Set(bodies?.map(({ request_id }) => request_id)).size).toBe(1);
  expect(bodies?.[0]?.request_id).toMatch(/^[0-9a-f]{10,32}$/);
});

it('takes a new token when the old one has ended', async () => {
  const { provider, tokens } = await getui((times) => ({
    body: times === 1 ? { code: 10001, msg: 'token expired' } : { code: 0, data: { 'task-2': {} } },
  }));
  expect(await attempt(provider, content)).toEqual({ outcome: 'retry', cause: 'unavailable', code: '10001' });
  expect(await attempt(provider, content)).toEqual({ sent: 'task-2' });
  expect(tokens()).toBe(2);
});

it('tries again later when its credentials are refused', async () => {
  const { options } = await getui(() => ({}));
  const provider = getuiProvider({ ...options, masterSecret: 'wrong' });
  expect(await attempt(provider, content)).toEqual({ outcome: 'retry', cause: 'unavailable', code: '10002' });
});

it.each([
  [
    { code: 20001, msg: 'target user is invalid' },
    { outcome: 'permanent', cause: 'invalid_recipient', code: '20001' },
  ],
  [
    { code: 20001, msg: 'push_message is empty' },
    { outcome: 'permanent', cause: 'rejected', code: '20001' },
  ],
  [
    { code: 10009, msg: 'too many requests' },
    { outcome: 'retry', cause: 'rate_limited', code: '10009', pause: true },
  ],
])('classifies %j', async (body, expected) => {
  const { provider } = await getui(() => ({ body }));
  expect(await attempt(provider, content)).toEqual(expected);
});

it('is cut when it hangs', async () => {
  const { provider } = await getui(() => undefined);
  expect(await attempt(provider, content, 300)).toEqual({ outcome: 'unknown', cause: 'unavailable' });
});
