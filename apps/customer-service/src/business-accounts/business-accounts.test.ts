import { testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type Ask, type Service } from '../testing/support.ts';

const stores = testStores();
let service: Service;
let operate: Ask;
beforeAll(async () => {
  service = await startService(stores);
  operate = await service.operate();
});
afterAll(() => service.close());

interface Account {
  id: string;
  status: string;
}
const profile = {
  company_name: '示例公司',
  tax_number: '91110000MA01234567',
  certification_info: '营业执照等认证信息',
  communication_address: '北京市朝阳区xxx',
  contact_person_name: '张三',
  contact_phone: '+86-13800000000',
};
let codes = 0;
const newCode = () => `USER${(codes += 1)}`;

async function applicant() {
  const customer = await service.newCustomer();
  const answer = await customer.ask<Account>('POST', '/api/business-accounts/me/apply', profile);
  const decide = (what: string, body: object) =>
    operate('POST', `/api/admin/business-accounts/${answer.body.id}/${what}`, body);
  const approve = (user_code = newCode()) =>
    decide('approve', { assigned_email: 'user@company.com', user_code });
  const mails = () => service.peer.to(customer.email).map(({ template }) => template);
  return { customer, answer, id: answer.body.id, decide, approve, mails };
}

describe('a business account', () => {
  it('is applied for once', async () => {
    const { customer, answer } = await applicant();
    expect(answer).toMatchObject({
      status: 201,
      body: {
        ...profile,
        owner_email: customer.email,
        status: 'pending',
        assigned_email: null,
        user_code: null,
        updated_at: null,
      },
    });
    expect((await customer.ask('GET', '/api/business-accounts/me')).body).toEqual(answer.body);
    expect((await customer.ask('GET', `/api/business-accounts/${answer.body.id}`)).body).toEqual(answer.body);
    const again = await Promise.all(
      Array.from({ length: 5 }, () => customer.ask('POST', '/api/business-accounts/me/apply', {})),
    );
    for (const one of again)
      expect(one).toMatchObject({ status: 400, body: { detail: '已存在申请或已激活账号' } });
  });

  it('may be applied for with nothing', async () => {
    const customer = await service.newCustomer();
    expect(await customer.ask('GET', '/api/business-accounts/me')).toMatchObject({
      status: 404,
      body: { detail: '业务账号不存在' },
    });
    expect(await customer.ask('POST', '/api/business-accounts/me/apply')).toMatchObject({
      status: 201,
      body: { company_name: null },
    });
  });

  it('is changed in part, but not what operators decide', async () => {
    const { customer } = await applicant();
    const change = {
      company_name: '更新后的公司名称',
      contact_phone: null,
      status: 'active',
      user_code: 'MINE',
    };
    const changed = await customer.ask('PATCH', '/api/business-accounts/me', change);
    expect(changed).toMatchObject({
      status: 200,
      body: {
        company_name: '更新后的公司名称',
        contact_phone: null,
        tax_number: profile.tax_number,
        status: 'pending',
        user_code: null,
      },
    });
    expect(await customer.ask('PATCH', '/api/business-accounts/me', {})).toMatchObject({ status: 422 });
    const tooLong = { company_name: 'x'.repeat(129) };
    expect(await customer.ask('PATCH', '/api/business-accounts/me', tooLong)).toMatchObject({ status: 422 });
    const other = await service.newCustomer();
    expect(await other.ask('PATCH', '/api/business-accounts/me', profile)).toMatchObject({ status: 404 });
  });

  it('is approved, and the applicant is told', async () => {
    const { customer, approve, mails } = await applicant();
    const code = newCode();
    expect(await approve(code)).toMatchObject({
      status: 200,
      body: { status: 'active', assigned_email: 'user@company.com', user_code: code },
    });
    expect(await approve()).toMatchObject({ status: 400 });
    await expect.poll(mails).toContain('business-account-approved');
    expect(await customer.ask('GET', '/api/business-accounts/me')).toMatchObject({
      body: { status: 'active' },
    });
    expect(await customer.ask('POST', '/api/business-accounts/me/apply', {})).toMatchObject({ status: 400 });
    expect(await (await applicant()).approve(code)).toMatchObject({ status: 409 });
  });

  it('is rejected with a reason, and may be applied for again', async () => {
    const { customer, id, decide, mails } = await applicant();
    expect(await decide('reject', { reason: '资料不全' })).toMatchObject({
      status: 200,
      body: { status: 'disabled', is_rejected: true, reason: '资料不全' },
    });
    expect(await decide('reject', { reason: '资料不全' })).toMatchObject({ status: 400 });
    await expect.poll(mails).toContain('business-account-rejected');
    const again = await customer.ask('POST', '/api/business-accounts/me/apply', { tax_number: 'new' });
    expect(again).toMatchObject({
      status: 201,
      body: { id, status: 'pending', tax_number: 'new', reason: null },
    });
  });

  it('is disabled with a reason, and then not changed', async () => {
    const { customer, decide, approve, mails } = await applicant();
    expect(await decide('disable', { reason: '欠费' })).toMatchObject({ status: 400 });
    await approve();
    expect(await decide('disable', { reason: '欠费' })).toMatchObject({
      status: 200,
      body: { status: 'disabled' },
    });
    await expect.poll(mails).toContain('business-account-disabled');
    expect(await customer.ask('PATCH', '/api/business-accounts/me', profile)).toMatchObject({ status: 403 });
    expect(await customer.ask('POST', '/api/business-accounts/me/apply', profile)).toMatchObject({
      status: 400,
    });
    expect(await approve()).toMatchObject({ status: 200, body: { status: 'active' } });
  });

  it('is found by operators', async () => {
    const { id, customer } = await applicant();
    const list = async (query: string) =>
      (await operate<{ total: number; items: Account[] }>('GET', `/api/admin/business-accounts?${query}`))
        .body;
    expect(await list(`q=${customer.email}&status=pending`)).toMatchObject({ total: 1, items: [{ id }] });
    expect(await list(`q=${customer.email}&status=active`)).toMatchObject({ total: 0 });
    for (const missing of ['507f1f77bcf86cd799439011', 'nonsense']) {
      const answer = await operate('POST', `/api/admin/business-accounts/${missing}/reject`, { reason: 'x' });
      expect(answer).toMatchObject({ status: 404, body: { detail: '业务账号不存在' } });
    }
  });
});
