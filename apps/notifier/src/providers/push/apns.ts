import { connect, constants, type ClientHttp2Session } from 'node:http2';
import jwt from 'jsonwebtoken';
import { retryAfterMs } from '../http-exchange.ts';
import { ProviderError, type Provider, type PushContent, type Receipt } from '../provider.ts';

export interface ApnsOptions {
  url: string;
  keyId: string;
  teamId: string;
  /** The `.p8` key, as PEM. */
  privateKey: string;
  /** The app's bundle id. */
  topic: string;
}

/** Apple refuses a token older than an hour, and one that is renewed more than once in 20 minutes. */
const tokenLifeMs = 45 * 60_000;
const invalidTokens = new Set(['BadDeviceToken', 'DeviceTokenNotForTopic', 'Unregistered', 'ExpiredToken']);
const ourMistakes = new Set([
  'InvalidProviderToken',
  'MissingProviderToken',
  'ExpiredProviderToken',
  'BadCertificate',
  'BadCertificateEnvironment',
  'Forbidden',
]);

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
}

/** Push by APNs: HTTP/2 over one connection for everything, with an ES256 provider token. */
export function apnsProvider(options: ApnsOptions): Provider<PushContent> {
  let session: ClientHttp2Session | undefined;
  /** Sessions that came about; what was meant for another was never sent. */
  const connected = new WeakSet<ClientHttp2Session>();
  let token: { value: string; made: number } | undefined;

  const open = () => {
    if (session && !session.closed && !session.destroyed) return session;
    const opened = connect(options.url);
    session = opened;
    opened.once('connect', () => connected.add(opened));
    // Every stream hears of it too; without a listener the process would end.
    opened.on('error', () => opened.destroy());
    opened.on('goaway', () => {
      if (session === opened) session = undefined;
    });
    opened.setTimeout(15 * 60_000, () => opened.close());
    opened.unref();
    return opened;
  };
  const providerToken = () => {
    if (!token || token.made < Date.now() - tokenLifeMs) {
      const value = jwt.sign({}, options.privateKey, {
        algorithm: 'ES256',
        keyid: options.keyId,
        issuer: options.teamId,
      });
      token = { value, made: Date.now() };
    }
    return token.value;
  };

  return {
    name: 'apns',
    // Messages of one collapse id replace one another on the device.
    idempotent: true,
    concurrency: 500,
    async send({ id, to, title, body, payload }, signal): Promise<Receipt> {
      const current = open();
      const headers = {
        ':method': 'POST',
        ':path': `/3/device/${encodeURIComponent(to)}`,
        authorization: `bearer ${providerToken()}`,
        'apns-topic': options.topic,
        'apns-push-type': 'alert',
        'apns-collapse-id': id.slice(0, 64),
        ...(/^[0-9a-f-]{36}$/i.test(id) && { 'apns-id': id }),
        'content-type': 'application/json',
      };
      const content = JSON.stringify({ aps: { alert: { title, body }, sound: 'default' }, ...payload });
      const answer = await request(current, headers, content, signal).catch((error: unknown) => {
        // A connection that lets a request starve is not asked for another.
        if (signal.aborted && session === current) {
          session = undefined;
          current.close();
        }
        if (connected.has(current)) throw error;
        throw new ProviderError('retry', 'no connection', { cause: 'unavailable' });
      });
      if (answer.status === 200) {
        const given = answer.headers['apns-id'];
        return { messageId: typeof given === 'string' ? given : id };
      }
      const failure = refusal(answer);
      if (failure.details.code === 'ExpiredProviderToken') token = undefined;
      throw failure;
    },
    close() {
      session?.close();
    },
  };
}

function request(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  content: string,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    const answer: Answer = { status: 0, headers: {}, text: '' };
    const late = () => {
      stream.close(constants.NGHTTP2_CANCEL);
      reject(new ProviderError('unknown', 'no answer in time', { cause: 'unavailable' }));
    };
    signal.addEventListener('abort', late, { once: true });
    stream.setEncoding('utf8');
    stream.on('response', (received) => {
      answer.status = Number(received[':status']);
      answer.headers = received;
    });
    stream.on('data', (chunk: string) => (answer.text += chunk));
    stream.on('error', (error: NodeJS.ErrnoException) => reject(broken(error, stream.rstCode)));
    stream.on('close', () => {
      signal.removeEventListener('abort', late);
      if (answer.status > 0) resolve(answer);
      else reject(broken({ name: 'Error', message: 'the stream ended without an answer' }, stream.rstCode));
    });
    stream.end(content);
  });
}

function broken(error: NodeJS.ErrnoException, rstCode: number | undefined): ProviderError {
  const { code } = error;
  // The server says that it has not looked at the request (RFC 9113, 8.7).
  const untouched =
    rstCode === constants.NGHTTP2_REFUSED_STREAM || code === 'ECONNREFUSED' || code === 'ENOTFOUND';
  return new ProviderError(untouched ? 'retry' : 'unknown', `connection failed: ${code ?? error.message}`, {
    cause: 'unavailable',
    code,
  });
}

/** https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns */
function refusal({ status, headers, text }: Answer): ProviderError {
  const code = reasonOf(text) ?? String(status);
  const reason = `APNs answered ${status} ${code}`;
  const details = { code, retryAfterMs: retryAfterMs(headers) };
  if (status === 410 || invalidTokens.has(code)) {
    return new ProviderError('permanent', reason, { ...details, cause: 'invalid_recipient' });
  }
  if (status === 429) {
    // `TooManyRequests` is about one device, `TooManyProviderTokenUpdates` about us.
    const pause = code !== 'TooManyRequests' || details.retryAfterMs !== undefined;
    return new ProviderError('retry', reason, { ...details, cause: 'rate_limited', pause });
  }
  if (status >= 500) return new ProviderError('retry', reason, { ...details, cause: 'unavailable' });
  if (ourMistakes.has(code)) return new ProviderError('retry', reason, { ...details, cause: 'unavailable' });
  return new ProviderError('permanent', reason, { ...details, cause: 'rejected' });
}

function reasonOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { reason?: string }).reason;
  } catch {
    return undefined;
  }
}
