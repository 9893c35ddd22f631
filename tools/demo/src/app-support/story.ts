import type { Stage, Story } from '../stage.ts';
import { client, codeOf, type Ask, type Page, type Tokens } from './client.ts';

interface Feedback {
  id: number;
  feedback_content: string;
}

const admin = '/app-support/api/admin';
const password = 'a-good-passphrase-1';

/** Document 004: register with a code, bind devices, be pushed to, read, ask, be answered. */
export const appSupportStory: Story = {
  name: 'app-support',
  title: 'app-support: from the first code to an answered question (document 004)',
  needs: ['app-support', 'customer-service'],
  async tell(stage) {
    const { url, say } = stage;
    const phone = newPhone();
    const tokens = await register(phone, stage);
    const user = client(url, `Token ${tokens.access_token}`);
    const operator = client(url, `Bearer ${await stage.operatorToken()}`);

    const me = await user<{ id: number; nickname: string }>('PUT', '/api/personal/info', {
      nickname: '小明',
      gender: 1,
      birthday: '1991-03-08',
    });
    say(`user ${me.id} calls himself ${me.nickname}`);
    await bePushedTo(me.id, user, operator, stage);
    await readFaq(user, operator, stage);
    await askAndBeAnswered(user, operator, stage);
    await signOut(tokens, stage);
  },
};

/** Another one each time: codes are sent to one number only so often. */
function newPhone(): string {
  return `139${String(Date.now() % 100_000_000).padStart(8, '0')}`;
}

async function register(phone: string, { url, outbox, say }: Stage): Promise<Tokens> {
  const stranger = client(url);
  const sms = await outbox.messageAfter(
    () => stranger('POST', '/api/auth/send_code', { area: '86', account: phone }),
    ({ channel, to }) => channel === 'sms' && to.endsWith(phone),
  );
  const code = sms.code ?? '';
  say(`SMS to ${phone}: ${sms.text}`);
  await stranger('POST', '/api/auth/check_code', { area: '86', account: phone, code });
  await stranger<Tokens>('POST', '/api/auth/register', { area: '86', account: phone, code, password });
  const tokens = await stranger<Tokens>('POST', '/api/auth/access_token', {
    area: '86',
    account: phone,
    password,
  });
  say(`registered and signed in, the token lasts until ${tokens.expires_at}`);
  return tokens;
}

async function bePushedTo(userId: number, user: Ask, operator: Ask, stage: Stage): Promise<void> {
  const { outbox, say } = stage;
  const [android, ios] = [`android-${userId}`, `ios:${userId}`];
  await user('POST', '/api/push/bind', { client_id: android, client_type: 'android' });
  await user('POST', '/api/push/bind', { client_id: ios, client_type: 'ios' });
  await user('PUT', `/api/push/switch/${encodeURIComponent(ios)}`, { switch: false });
  say('two devices bound, the second one switched off');

  const push = { push_title: '维护通知', push_body: '今晚 22:00 维护', push_scope: 1, user_ids: [userId] };
  let pushId = 0;
  const message = await outbox.messageAfter(
    async () => (pushId = (await operator<{ id: number }>('POST', `${admin}/push`, push)).id),
    ({ channel, to }) => channel === 'push' && to === android,
  );
  say(`the operator's push ${pushId} reached ${message.to}: ${message.text.replaceAll('\n', ' ')}`);
  const log = await user<Page<{ id: number }>>('GET', '/api/push/log?page_no=1&page_size=20');
  const before = await user<Counts>('GET', '/api/message/count?push_ids=[]');
  const after = await user<Counts>('GET', `/api/message/count?push_ids=[${pushId}]`);
  say(`${log.total} in the push log; unread: ${before.push_count}, after reading: ${after.push_count}`);
}

interface Counts {
  push_count: number;
  feedback_count: number;
}

async function readFaq(user: Ask, operator: Ask, { say }: Stage): Promise<void> {
  const title = '如何修改密码?';
  const known = await user<Page<{ id: number; title: string }>>('GET', '/api/faq?page_size=100');
  if (!known.data.some((entry) => entry.title === title))
    await operator('POST', `${admin}/faq`, { title, content: '在设置中选择“修改密码”。', category: '账号' });
  const page = await user<Page<{ id: number; title: string }>>('GET', '/api/faq?page_no=1&page_size=20');
  const entry = page.data.find((candidate) => candidate.title === title) ?? page.data[0];
  if (!entry) throw new Error('there is no FAQ');
  const { content } = await user<{ content: string }>('GET', `/api/faq/${entry.id}`);
  say(`${page.total} in the FAQ, one of them: ${entry.title} ${content}`);
}

async function askAndBeAnswered(user: Ask, operator: Ask, { say }: Stage): Promise<void> {
  const categories = await user<Page<{ id: number }>>('GET', '/api/feedback_category');
  const category = categories.data[0];
  const feedback = await user<Feedback>('POST', '/api/feedback', {
    feedback_content: '登录后看不到订单',
    ...(category && { feedback_category_id: category.id }),
  });
  await operator('POST', `${admin}/feedback/${feedback.id}/reply`, {
    reply_content: '已修复,请更新到最新版本。',
  });
  const waiting = await user<Counts>('GET', '/api/message/count?push_ids=[]');
  const reply = await user<{ reply_content: string }>('GET', `/api/feedback/reply/${feedback.id}`);
  const read = await user<Counts>('GET', '/api/message/count?push_ids=[]');
  say(`asked "${feedback.feedback_content}", answered "${reply.reply_content}"`);
  say(`replies not read: ${waiting.feedback_count}, then ${read.feedback_count}`);
  if (waiting.feedback_count !== 1 || read.feedback_count !== 0)
    throw new Error('the counts did not follow the reply and its reading');
}

/** The session is renewed once and then ended. */
async function signOut({ refresh_token }: Tokens, { url, say }: Stage): Promise<void> {
  const renewed = await client(url)<Tokens>('POST', '/api/auth/refresh_token', { refresh_token });
  const authorization = `Token ${renewed.access_token}`;
  await client(url, authorization)('POST', '/api/auth/destroy_token');
  const { code } = await codeOf(url, authorization, 'GET', '/api/personal/info');
  if (code !== 10004) throw new Error(`an ended session was answered ${code}`);
  say('renewed the token and signed out: it is answered 10004 now');
}
