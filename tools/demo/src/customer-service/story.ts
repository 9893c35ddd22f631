import type { Stage, Story } from '../stage.ts';
import { ApiClient, memoryStorage } from './api-client.ts';
import { createBackOffice } from './back-office.ts';
import {
  registerAndCreateTicket,
  viewAccountAndSignContract,
  viewAndUpdateTicket,
  viewProjectAndDownload,
  type Browser,
  type Ticket,
} from './scenarios.ts';

const password = 'mypassword123';
const filename = '项目文档.pdf';
const bytes = Buffer.from('%PDF-1.4\n% what the project is about\n');

/** Document 003: its four complete scenarios, with what operators do between them, and its client class. */
export const customerServiceStory: Story = {
  name: 'customer-service',
  title: 'customer-service: the four scenarios of document 003',
  needs: ['customer-service'],
  async tell(stage) {
    const { url, say, outbox } = stage;
    // Another one each time: a mail address is registered once.
    const email = `demo-${Date.now().toString(36)}@example.com`;
    const browser: Browser = {
      host: url,
      localStorage: memoryStorage(),
      log: (line) => say(`  ${line}`),
      open: (address) => download(address, stage),
    };

    say('场景1: 新用户注册并创建工单');
    await registerAndCreateTicket(browser, {
      email,
      password,
      async codeAfter(send) {
        const mail = await outbox.messageAfter(
          send,
          ({ channel, to }) => channel === 'email' && to.includes(email),
        );
        return mail.code ?? '';
      },
    });
    say('场景2: 用户查看和更新工单');
    await viewAndUpdateTicket(browser);

    const api = new ApiClient(`${url}/api`, browser.localStorage);
    browser.localStorage.setItem('access_token', browser.localStorage.getItem('token') ?? '');
    await prepare(api, email, stage);
    say('场景3: 查看业务账号和合同');
    await viewAccountAndSignContract(browser);
    say('场景4: 查看项目和下载文件');
    await viewProjectAndDownload(browser);

    say('the client class of the document:');
    await useClient(api, browser, email);
  },
};

/** The customer applies; the operators approve, and make a contract and a project. */
async function prepare(api: ApiClient, email: string, { url, say, operatorToken }: Stage): Promise<void> {
  const account = await api.post<{ id: string; status: string }>('/business-accounts/me/apply', {
    company_name: '示例公司',
    tax_number: '91110000MA01234567',
    contact_person_name: '张三',
    contact_phone: '+86-13800000000',
  });
  const office = createBackOffice(url, await operatorToken());
  const code = account.id.slice(-8).toUpperCase();
  await office.approve(account.id, `${code.toLowerCase()}@company.example`, code);
  await office.makeContract(email);
  await office.makeProject(email, filename, bytes);
  say('the operators approve the business account, make a contract and a project with a file');
}

async function download(address: string, { url, say }: Stage): Promise<void> {
  const response = await fetch(new URL(address, url));
  const received = Buffer.from(await response.arrayBuffer());
  const disposition = response.headers.get('content-disposition') ?? '';
  if (!received.equals(bytes))
    throw new Error(`the download was answered ${response.status}, with other bytes`);
  if (!disposition.includes(encodeURIComponent(filename)))
    throw new Error(`the file came under another name: ${disposition}`);
  say(`  downloaded ${received.length} bytes as ${filename}`);
}

/** Its examples: sign in, create a ticket, page through them; and what is deleted is gone. */
async function useClient(api: ApiClient, { log }: Browser, email: string): Promise<void> {
  const login = await api.post<{ access_token: string; token_type: string }>('/auth/login', {
    email,
    password,
  });
  const ticket = await api.post<Ticket>('/tickets', {
    title: '问题标题',
    ticket_type: 'technical',
    content: '问题描述',
  });
  const page = await api.get<{ total: number; items: Ticket[] }>('/tickets', { skip: 0, limit: 10 });
  log(`${login.token_type} token; ${page.total} tickets, the latest: ${page.items[0]?.title}`);
  const deleted = await api.delete<null>(`/tickets/${ticket.id}`);
  const refused = await api.get(`/tickets/${ticket.id}`).catch((error: Error) => error.message);
  log(`deleted it (${deleted}), then: ${String(refused)}`);
}
