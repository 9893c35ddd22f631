import { call } from '../call.ts';

/** What operators do for a customer, so that there is something to see (contract: operators). */
export function createBackOffice(url: string, token: string) {
  const admin = `${url}/customer-service/api/admin`;

  async function ask<Data>(method: string, path: string, body?: object): Promise<Data> {
    const answer = await call<Data & { detail?: string }>(`${admin}${path}`, {
      method,
      body,
      headers: { Authorization: `Bearer ${token}` },
    });
    if (answer.status >= 400)
      throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body.detail ?? ''}`);
    return answer.body;
  }

  return {
    async approve(accountId: string, assignedEmail: string, userCode: string): Promise<void> {
      const body = { assigned_email: assignedEmail, user_code: userCode };
      await ask('POST', `/business-accounts/${accountId}/approve`, body);
    },

    async makeContract(ownerEmail: string): Promise<void> {
      const content = '# 服务合同\n\n甲方委托乙方提供**云服务**,期限一年。';
      const body = { owner_email: ownerEmail, title: '年度服务合同', content_markdown: content };
      await ask('POST', '/contracts', body);
    },

    /** A project with one file, whose bytes go to the address that the platform has signed. */
    async makeProject(ownerEmail: string, filename: string, bytes: Buffer<ArrayBuffer>): Promise<void> {
      const project = await ask<{ id: string }>('POST', '/projects', {
        owner_email: ownerEmail,
        name: '官网改版',
        description: '第一期',
        overview_markdown: '## 目标\n\n- 新的首页\n- 更快的加载',
      });
      const type = 'application/pdf';
      const { file, upload_url, upload_headers } = await ask<{
        file: { id: string };
        upload_url: string;
        upload_headers: Record<string, string>;
      }>('POST', `/projects/${project.id}/files`, {
        filename,
        content_type: type,
        file_size: bytes.length,
        tag: '文档',
      });
      const put = await fetch(new URL(upload_url, url), {
        method: 'PUT',
        headers: upload_headers,
        body: bytes,
      });
      if (!put.ok) throw new Error(`the upload was answered ${put.status}: ${await put.text()}`);
      await ask('POST', `/projects/files/${file.id}/complete`);
    },
  };
}
