import { describe, expect, it } from 'vitest';
import { templates, type TemplateData, type TemplateName } from '@portico/queue';
import { loadTemplates, locales } from './templates.ts';

const render = loadTemplates();

/** One message of every template, as a service would send it. */
const samples: { [Name in TemplateName]: TemplateData<Name> } = {
  'verification-code': { code: '493817', minutes: 10, purpose: 'register' },
  'password-reset': { code: '493817', minutes: 10 },
  'ticket-received': {
    ticketId: 'T-7',
    title: '导出失败',
    creatorEmail: 'ada@example.com',
    content: '第一行\n第二行',
  },
  'ticket-replied': { ticketId: 'T-7', title: '导出失败', reply: '已经修复' },
  'business-account-approved': {
    companyName: '示例公司',
    assignedEmail: 'vip@example.com',
    userCode: 'USER001',
  },
  'business-account-rejected': { companyName: '示例公司', reason: '资料不全' },
  'business-account-disabled': { companyName: '示例公司', reason: '到期' },
  'contact-received': { contactId: 'C-1', name: '张三', email: 'any thing', message: '你好' },
  push: { title: '通知', body: '正文' },
  'feedback-replied': { feedbackId: '12', reply: '谢谢您的反馈' },
};
const pushOnly = new Set(['push', 'feedback-replied']);
const smsToo = new Set(['verification-code', 'password-reset']);

describe.each(Object.keys(templates) as TemplateName[])('%s', (name) => {
  it.each(locales)('reads well in %s', (locale) => {
    const rendered = render(name, locale, samples[name]);
    expect(rendered.subject).toMatch(/\S/);
    expect(rendered.text).toMatch(/\S/);
    expect(rendered.html !== '').toBe(!pushOnly.has(name));
    expect(rendered.sms !== '').toBe(smsToo.has(name));
    const everything = Object.values(rendered).join('\n');
    expect(everything).not.toMatch(/\{\{|undefined|\[object/);
    for (const value of Object.values(samples[name])) {
      if (value !== 'register' && value !== 'T-7' && value !== '12')
        expect(everything).toContain(String(value));
    }
    const letters = /[A-Za-z]{4,}/.exec(rendered.text.replaceAll(/\S+@\S+|USER001|any thing/g, ''));
    if (locale === 'zh') expect(letters).toBeNull();
    else if (!pushOnly.has(name)) expect(letters).not.toBeNull();
    expect({ name, locale, ...rendered }).toMatchSnapshot();
  });
});

it('says what a code is for, and something general for a purpose it does not know', () => {
  const sms = (purpose: string) => render('verification-code', 'zh', { code: '1', minutes: 5, purpose }).sms;
  expect(sms('login')).toContain('登录验证码');
  expect(sms('constructor')).toContain('身份验证验证码');
});

it('escapes what people typed in HTML, and only there', () => {
  const reply = '<script>alert("1")</script> & more';
  const rendered = render('ticket-replied', 'en', { ticketId: '1', title: '<b>&', reply });
  expect(rendered.html).not.toMatch(/<script>|<b>/);
  expect(rendered.html).toContain('&lt;script&gt;');
  expect(rendered.text).toContain(reply);
  expect(rendered.subject).toContain('<b>&');
});

it('keeps a subject on one line', () => {
  const name = 'Eve\r\nBcc: all@example.com\u2028x';
  const { subject } = render('contact-received', 'en', { contactId: '1', name, email: 'e', message: 'm' });
  expect(subject).toBe('New contact message from Eve Bcc: all@example.com x');
});
