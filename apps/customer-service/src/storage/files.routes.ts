import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '@portico/envelope';
import {
  alreadySent,
  defineRoute,
  publicAccess,
  wholeNumberField,
  type RequestContext,
  type Route,
} from '@portico/service';
import send from 'send';
import { z } from 'zod';
import { noOutput } from '../answers.ts';
import { attachment } from './content-disposition.ts';
import type { FileLink, FileLinks, LinkQuery } from './file-links.ts';
import type { LocalStorage } from './local-storage.ts';

export interface FileRoutesOptions {
  storage: LocalStorage;
  links: FileLinks;
}

const number = (name: string) => wholeNumberField(0, Number.MAX_SAFE_INTEGER, `${name}: 必须是整数`);

const linkQuery = z.object({
  key: z.string().max(2048),
  filename: z.string().max(1024),
  type: z.string().max(255),
  size: number('size'),
  use: z.string().max(8),
  expires: number('expires'),
  signature: z.string().max(255),
});

/** The bytes of local files, by signed links (contract: files). */
export function fileRoutes({ storage, links }: FileRoutesOptions): Route[] {
  function opened(query: LinkQuery, use: FileLink['use']): FileLink {
    const link = links.verify(query);
    if (link?.use !== use) throw new AppError('permission_denied', { message: '链接无效或已过期' });
    return link;
  }

  return [
    defineRoute({
      method: 'GET',
      path: '/files',
      summary: '下载文件 (签名链接, 支持 Range)',
      tag: '文件',
      access: publicAccess,
      query: linkQuery,
      output: z.string(),
      errors: ['permission_denied', 'not_found'],
      async handle({ query, context }) {
        const link = opened(query, 'get');
        const path = storage.pathOf(link.key);
        await sendFile(context, path, link);
        return alreadySent;
      },
    }),
    defineRoute({
      method: 'PUT',
      path: '/files',
      summary: '上传文件 (签名链接)',
      tag: '文件',
      access: publicAccess,
      bodyType: 'stream',
      query: linkQuery,
      output: noOutput,
      errors: ['permission_denied', 'invalid_params'],
      async handle({ query, context }) {
        const link = opened(query, 'put');
        await receiveFile(context, storage.pathOf(link.key), link);
        context.response.writeHead(200).end();
        return alreadySent;
      },
    }),
  ];
}

/** Ranges, conditions and HEAD are `send`'s. */
function sendFile(context: RequestContext, path: string, link: FileLink): Promise<void> {
  const { request, response } = context;
  response.setHeader('Content-Type', link.contentType);
  response.setHeader('Content-Disposition', attachment(link.filename));
  // What customers uploaded must not run as a page of ours.
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
  return new Promise((resolve, reject) => {
    response.once('close', resolve);
    send(request, path, { cacheControl: false, dotfiles: 'allow' })
      .on('error', (error: Error & { status?: number }) => {
        if (error.status === 416) {
          response.writeHead(416).end();
          return;
        }
        for (const name of ['Content-Type', 'Content-Disposition', 'Content-Security-Policy'])
          response.removeHeader(name);
        reject(error.status === 404 ? new AppError('not_found', { message: '文件不存在' }) : error);
      })
      .pipe(response);
  });
}

/** Stores exactly the bytes that were announced, all of them or none. */
async function receiveFile(
  context: RequestContext,
  path: string,
  { size, contentType }: FileLink,
): Promise<void> {
  const { request } = context;
  if (request.headers['content-type'] !== contentType)
    throw new AppError('invalid_params', { message: `Content-Type: 必须是 ${contentType}` });
  let received = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      received += chunk.length;
      callback(received > size ? tooMany() : null, chunk);
    },
  });
  const tooMany = () => new AppError('invalid_params', { message: `文件必须正好是 ${size} 字节` });
  const partial = `${path}.${randomUUID()}`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await pipeline(request, counter, createWriteStream(partial, { flush: true }));
    if (received !== size) throw tooMany();
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
