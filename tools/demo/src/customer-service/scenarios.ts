import type { Storage } from './api-client.ts';

/** The four complete scenarios at the end of document 003, request by request as they are written there. */

export interface Ticket {
  id: string;
  title: string;
  status: string;
  content: string;
}

export interface Contract {
  id: string;
  title: string;
  is_signed: boolean;
}

interface List<Item> {
  total: number;
  items: Item[];
}

export interface Browser {
  /** `http://localhost:8000` in the document. */
  host: string;
  localStorage: Storage;
  log: (line: string) => void;
  /** What `window.open` is given. */
  open: (url: string) => Promise<void>;
}

const json = <Data>(response: Response): Promise<Data> => {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  return response.json() as Promise<Data>;
};

export interface Registration {
  email: string;
  password: string;
  /** Asks for the code, and answers it from the mail that came. */
  codeAfter: (send: () => Promise<unknown>) => Promise<string>;
}

/** Scenario 1: a new user registers and creates a ticket. */
export async function registerAndCreateTicket(
  { host, localStorage, log }: Browser,
  { email, password, codeAfter }: Registration,
): Promise<void> {
  const code = await codeAfter(() =>
    fetch(`${host}/api/auth/send-code`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email }),
    })
      .then((res) => json<{ message: string }>(res))
      .then((data) => log(`${data.message}: ${email}`)),
  );
  await fetch(`${host}/api/auth/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password, verification_code: code }),
  })
    .then((res) => json<{ id: string; role: string }>(res))
    .then((user) => log(`注册成功: ${user.id} (${user.role})`));
  await fetch(`${host}/api/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
    .then((res) => json<{ access_token: string }>(res))
    .then((data) => {
      const token = data.access_token;
      localStorage.setItem('token', token);
      return fetch(`${host}/api/tickets`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
        body: JSON.stringify({
          title: '账单查询问题',
          ticket_type: 'financial',
          content: '无法查看本月账单明细',
        }),
      });
    })
    .then((res) => json<Ticket>(res))
    .then((ticket) => log(`工单创建成功: ${ticket.title} (${ticket.status})`));
}

/** Scenario 2: the user looks at the tickets and adds to one. */
export async function viewAndUpdateTicket({ host, localStorage, log }: Browser): Promise<void> {
  const token = localStorage.getItem('token');
  await fetch(`${host}/api/tickets?skip=0&limit=10`, { headers: { Authorization: `Bearer ${token}` } })
    .then((res) => json<List<Ticket>>(res))
    .then((data) => {
      log(`共有 ${data.total} 个工单`);
      const firstTicket = data.items[0] as Ticket;
      return fetch(`${host}/api/tickets/${firstTicket.id}`, {
        headers: { Authorization: `Bearer ${token}` },
      });
    })
    .then((res) => json<Ticket>(res))
    .then((ticket) => {
      log(`工单详情: ${ticket.content}`);
      if (ticket.status === 'pending') {
        return fetch(`${host}/api/tickets/${ticket.id}`, {
          method: 'PUT',
          headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
          body: JSON.stringify({ content: `${ticket.content}\n\n补充:我已经尝试重新登录,问题依然存在。` }),
        });
      }
      return undefined;
    })
    .then((res) => res && json<Ticket>(res))
    .then((updated) => updated && log(`工单已更新: ${updated.content.replaceAll('\n', ' ')}`));
}

/** Scenario 3: the user looks at the business account and signs a contract. */
export async function viewAccountAndSignContract({ host, localStorage, log }: Browser): Promise<void> {
  const token = localStorage.getItem('token');
  await fetch(`${host}/api/business-accounts/me`, { headers: { Authorization: `Bearer ${token}` } })
    .then((res) => json<{ status: string; assigned_email: string; user_code: string }>(res))
    .then((account) => {
      log(`业务账号: ${account.status}, ${account.assigned_email}, ${account.user_code}`);
      return fetch(`${host}/api/contracts/me?skip=0&limit=10`, {
        headers: { Authorization: `Bearer ${token}` },
      });
    })
    .then((res) => json<List<Contract>>(res))
    .then((data) => {
      log(`共有 ${data.total} 个合同`);
      if (data.items[0]) {
        return fetch(`${host}/api/contracts/${data.items[0].id}`, {
          headers: { Authorization: `Bearer ${token}` },
        });
      }
      return undefined;
    })
    .then((res) => res && json<Contract>(res))
    .then((contract) => {
      log(`合同详情: ${contract?.title}`);
      if (contract && !contract.is_signed) {
        return fetch(`${host}/api/contracts/${contract.id}/sign-status`, {
          method: 'PATCH',
          headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
          body: JSON.stringify({ is_signed: true }),
        });
      }
      return undefined;
    })
    .then((res) => res && json<Contract>(res))
    .then((updated) => updated && log(`签署状态已更新: ${updated.is_signed}`));
}

/** Scenario 4: the user looks at a project and downloads a file. */
export async function viewProjectAndDownload({ host, localStorage, log, open }: Browser): Promise<void> {
  const token = localStorage.getItem('token');
  await fetch(`${host}/api/projects/me?skip=0&limit=10`, { headers: { Authorization: `Bearer ${token}` } })
    .then((res) => json<List<{ id: string }>>(res))
    .then((data) => {
      log(`共有 ${data.total} 个项目`);
      const project = data.items[0];
      if (project) {
        return fetch(`${host}/api/projects/${project.id}/files?skip=0&limit=100`, {
          headers: { Authorization: `Bearer ${token}` },
        });
      }
      return undefined;
    })
    .then((res) => res && json<List<{ id: string }>>(res))
    .then((fileData) => {
      const file = fileData?.items[0];
      if (file) {
        return fetch(`${host}/api/projects/files/${file.id}/download-url`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${token}` },
        });
      }
      return undefined;
    })
    .then((res) => res && json<{ download_url: string }>(res))
    .then((downloadData) => downloadData && open(downloadData.download_url));
}
