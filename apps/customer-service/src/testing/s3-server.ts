import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { sameSecret } from '@portico/auth';

/** Credentials of the store. */
export const s3Keys = { accessKeyId: 'AKIDTEST', secretAccessKey: 'a secret key of the test' };

interface Stored {
  bytes: Buffer;
  contentType: string;
}

/** An S3-compatible store in memory that refuses whatever is not signed, by AWS Signature Version 4. */
export async function startS3Server() {
  const objects = new Map<string, Stored>();
  const refusals: string[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((bytes) => {
      const url = new URL(request.url ?? '/', 'http://store');
      const path = decodeURIComponent(url.pathname);
      const problem = problemOf(request, bytes);
      if (problem !== undefined) {
        refusals.push(problem);
        response.writeHead(403).end();
        return;
      }
      const object = objects.get(path);
      if (request.method === 'PUT') {
        objects.set(path, { bytes, contentType: request.headers['content-type'] ?? '' });
        response.writeHead(200).end();
      } else if (request.method === 'DELETE') {
        objects.delete(path);
        response.writeHead(204).end();
      } else if (!object) response.writeHead(404).end();
      else {
        const disposition = url.searchParams.get('response-content-disposition');
        response.writeHead(200, {
          'Content-Length': object.bytes.length,
          'Content-Type': url.searchParams.get('response-content-type') ?? object.contentType,
          ...(disposition !== null && { 'Content-Disposition': disposition }),
        });
        response.end(request.method === 'HEAD' ? undefined : object.bytes);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    objects,
    /** Why requests were refused. */
    refusals,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const strict = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** What the signature of a request says of itself: in the query of a link, or in `Authorization`. */
function claimsOf({ headers }: IncomingMessage, query: URLSearchParams) {
  if (query.has('X-Amz-Signature')) {
    return {
      credential: query.get('X-Amz-Credential') ?? '',
      signed: query.get('X-Amz-SignedHeaders') ?? '',
      signature: query.get('X-Amz-Signature') ?? '',
      date: query.get('X-Amz-Date') ?? '',
      seconds: Number(query.get('X-Amz-Expires')),
      payload: 'UNSIGNED-PAYLOAD',
    };
  }
  const found = /^AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=(\S+)$/.exec(
    headers.authorization ?? '',
  );
  return (
    found && {
      credential: found[1] ?? '',
      signed: found[2] ?? '',
      signature: found[3] ?? '',
      date: String(headers['x-amz-date']),
      seconds: 900,
      payload: String(headers['x-amz-content-sha256']),
    }
  );
}

/** Why a request is refused; undefined where its signature is right. */
function problemOf(request: IncomingMessage, bytes: Buffer): string | undefined {
  const [path = '', search = ''] = (request.url ?? '').split('?');
  const query = new URLSearchParams(search);
  const claims = claimsOf(request, query);
  if (!claims) return 'unsigned';
  const { credential, signed, signature, date, seconds, payload } = claims;
  const [accessKeyId, ...scope] = credential.split('/');
  if (accessKeyId !== s3Keys.accessKeyId) return 'unknown access key';
  if (!signed.split(';').includes('host')) return 'host is not signed';
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== sha256(bytes)) return 'altered body';
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(at + seconds * 1000 > Date.now())) return 'expired';

  const canonicalQuery = [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${strict(name)}=${strict(value)}`)
    .sort()
    .join('&');
  const headers = signed.split(';').map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`);
  const canonical = [request.method, path, canonicalQuery, headers.join(''), signed, payload].join('\n');
  const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${s3Keys.secretAccessKey}`);
  return sameSecret(hmac(key, text).toString('hex'), signature) ? undefined : 'wrong signature';
}
