import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '@portico/data-stores';
import { attempt } from '../../peers/attempt.ts';
import { smtpPeer } from '../../peers/smtp-peer.ts';
import { smtpProvider, type SmtpOptions } from './smtp.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function providerAt(port: number, more: Partial<SmtpOptions> = {}) {
  const provider = smtpProvider({
    host: '127.0.0.1',
    port,
    tls: 'none',
    from: 'Portico <no-reply@portico.test>',
    maxConnections: 3,
    timeoutMs: 1000,
    ...more,
  });
  closing.push(() => provider.close?.());
  return provider;
}

async function serverWith(options: SMTPServerOptions & { silent?: boolean } = {}) {
  const server = await smtpPeer(options);
  closing.push(() => server.close());
  return server;
}

const content = {
  id: '0f5c0a4e-1111-4222-8333-444455556666',
  to: 'ada@example.com',
  subject: '您的工单已有回复',
  text: '你好',
  html: '<p>你好</p>',
};
const refusal = (code: number, text: string) => Object.assign(new Error(text), { responseCode: code });

describe('SMTP', () => {
  it('delivers text and HTML with a Message-ID that stays the same over attempts', async () => {
    const server = await serverWith();
    const provider = providerAt(server.port);
    const expected = { sent: `<${content.id}@portico.test>` };
    expect(await attempt(provider, content)).toEqual(expected);
    expect(await attempt(provider, content)).toEqual(expected);
    const [first, second] = server.mails;
    expect(first?.messageId).toBe(expected.sent);
    expect(second?.messageId).toBe(expected.sent);
    expect(first?.raw).toMatch(/text\/plain[\s\S]*text\/html/);
    expect(first?.raw).toMatch(/^Subject: =\?UTF-8\?/m);
  });

  it('keeps its connections', async () => {
    const server = await serverWith();
    const provider = providerAt(server.port);
    for (let count = 0; count < 10; count++) await attempt(provider, content);
    await Promise.all(Array.from({ length: 10 }, () => attempt(provider, content)));
    expect(server.mails).toHaveLength(20);
    expect(server.connections()).toBeLessThanOrEqual(3);
  });

  it('signs with DKIM where it has a key', async () => {
    const server = await serverWith();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const dkim = { domainName: 'portico.test', keySelector: 'k1', privateKey: pem };
    await attempt(providerAt(server.port, { dkim }), content);
    expect(server.mails[0]?.raw).toMatch(
      /^DKIM-Signature: v=1; a=rsa-sha256;[\s\S]*d=portico\.test;[\s\S]*s=k1;/m,
    );
  });

  it.each([
    [refusal(550, '5.1.1 No such user'), { outcome: 'permanent', cause: 'invalid_recipient', code: '5.1.1' }],
    [refusal(554, '5.7.1 Looks like spam'), { outcome: 'permanent', cause: 'rejected', code: '5.7.1' }],
    [refusal(450, '4.2.1 Mailbox busy'), { outcome: 'retry', cause: 'provider_error', code: '4.2.1' }],
    [refusal(451, '4.7.0 Greylisted'), { outcome: 'retry', cause: 'rate_limited', code: '4.7.0' }],
  ])('classifies %s to the recipient', async (error, expected) => {
    const server = await serverWith({ onRcptTo: (_address, _session, accept) => accept(error) });
    expect(await attempt(providerAt(server.port), content)).toEqual(expected);
  });

  it('tries again later when its credentials are refused: an operator will mend them', async () => {
    const server = await serverWith({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(refusal(535, '5.7.8 Wrong')),
    });
    const provider = providerAt(server.port, { user: 'me', password: 'wrong' });
    expect(await attempt(provider, content)).toMatchObject({
      outcome: 'retry',
      cause: 'unavailable',
      code: 'EAUTH',
    });
  });

  it('insists on STARTTLS where it is told to', async () => {
    const server = await serverWith();
    const answer = await attempt(providerAt(server.port, { tls: 'starttls' }), content);
    expect(answer).toMatchObject({ cause: 'unavailable' });
    expect(server.mails).toHaveLength(0);
  });

  it('does not know what a server did that falls silent after the message', async () => {
    const server = await serverWith({ silent: true });
    expect(await attempt(providerAt(server.port), content, 300)).toMatchObject({ outcome: 'unknown' });
  });

  it('has sent nothing when nobody listens, or says no greeting', async () => {
    expect(await attempt(providerAt(await freePort()), content)).toMatchObject({
      outcome: 'retry',
      cause: 'unavailable',
    });
    const mute = createServer(() => undefined).listen(0, '127.0.0.1');
    closing.push(() => mute.close());
    await new Promise((resolve) => mute.once('listening', resolve));
    const { port } = mute.address() as AddressInfo;
    expect(await attempt(providerAt(port, { timeoutMs: 200 }), content)).toMatchObject({
      cause: 'unavailable',
    });
  });
});
