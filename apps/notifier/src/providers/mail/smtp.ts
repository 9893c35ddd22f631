import { ProviderError, type MailContent, type Provider } from '../provider.ts';

export interface SmtpOptions {
  host: string;
  port: number;
  /** `starttls` insists on it; `implicit` is TLS from the first byte (port 465). */
  tls: 'none' | 'opportunistic' | 'starttls' | 'implicit';
  user?: string | undefined;
  password?: string | undefined;
  from: string;
  maxConnections: number;
  timeoutMs: number;
  dkim?: { domainName: string; keySelector: string; privateKey: string } | undefined;
}

interface SmtpFailure {
  code?: string;
  responseCode?: number;
  response?: string;
  command?: string;
  message: string;
}

/** Failures before any message: an operator's to mend, and then everything may go out. */
const beforeData = new Set(['EDNS', 'EAUTH', 'ETLS', 'ENOAUTH', 'EOAUTH2', 'EREQUIRETLS']);

/** Mail by SMTP over a pool of kept connections (RFC 5321). */
export function smtpProvider(options: SmtpOptions): Provider<MailContent> {
  let pool: ReturnType<typeof openPool> | undefined;
  const domain = options.from.slice(options.from.lastIndexOf('@') + 1).replace(/>.*$/, '');
  return {
    name: 'smtp',
    // Receivers drop a second message of the same Message-ID.
    idempotent: true,
    concurrency: options.maxConnections,
    async send({ id, to, subject, text, html }, signal) {
      try {
        const transport = await (pool ??= openPool(options));
        const sent = await transport.sendMail({
          from: options.from,
          // As an object: a string would be parsed as a list of addresses.
          to: { name: '', address: to },
          subject,
          text,
          html,
          messageId: `<${id}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Idempotency-Key': id },
          signal,
        });
        return { messageId: sent.messageId };
      } catch (error) {
        throw classify(error as SmtpFailure, signal);
      }
    },
    async close() {
      (await pool)?.close();
    },
  };
}

async function openPool({ tls, timeoutMs, user, password, ...options }: SmtpOptions) {
  // Loaded here: it takes 13 MB, and a process without the mail role never needs it.
  const { createTransport } = await import('nodemailer');
  return createTransport({
    pool: true,
    host: options.host,
    port: options.port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
    maxConnections: options.maxConnections,
    // A message whose connection broke is ours to repeat, with a record of it.
    maxRequeues: 0,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    ...(options.dkim && { dkim: options.dkim }),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function classify(error: SmtpFailure, signal: AbortSignal): ProviderError {
  const { responseCode: status, code = 'ESMTP' } = error;
  const reason = error.response ?? error.message;
  if (beforeData.has(code)) return new ProviderError('retry', reason, { cause: 'unavailable', code });
  if (status !== undefined) {
    const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})/.exec(reason)?.[1];
    const details = { code: enhanced ?? String(status) };
    // RFC 5321, 4.2.1: 4yz may be repeated, 5yz must not. 421 closes the whole service for a while.
    if (status < 500) {
      const busy = status === 421 || enhanced?.startsWith('4.7.') === true;
      return new ProviderError('retry', reason, {
        ...details,
        cause: busy ? 'rate_limited' : 'provider_error',
      });
    }
    const unknownRecipient = error.command?.startsWith('RCPT') === true && [550, 551, 553].includes(status);
    return new ProviderError('permanent', reason, {
      ...details,
      cause: unknownRecipient || enhanced?.startsWith('5.1.') === true ? 'invalid_recipient' : 'rejected',
    });
  }
  if (signal.aborted)
    return new ProviderError('unknown', 'no answer in time', { cause: 'unavailable', code });
  const sentNothing = error.command === 'CONN' || /ECONNREFUSED/.test(reason);
  return new ProviderError(sentNothing ? 'retry' : 'unknown', reason, { cause: 'unavailable', code });
}
