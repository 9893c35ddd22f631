import { defineRoute, lineField, type RequestContext, type Route } from '@portico/service';
import { z } from 'zod';
import { noOutput, pageOf, renderPage, timeText } from '../answers.ts';
import { pageQuery, lineOrNull } from '../fields.ts';
import type { UserAccess } from '../users/access.ts';
import type { FileRecord } from './files.model.ts';
import type { FileService } from './files.service.ts';

export interface FileRoutesOptions {
  service: FileService;
  access: UserAccess;
  /** Address of the gateway as clients see it, where it is configured. */
  publicUrl: string | undefined;
}

/** What a store takes in one request (S3: 5 GB). */
const maxBytes = 5 * 1024 ** 3;

const projectParams = z.object({ project_id: z.string() });
const fileParams = z.object({ file_id: z.string() });

const filesQuery = z.object({
  ...pageQuery(100, 500),
  filename: z.string().trim().max(255).optional(),
  tag: z.string().trim().max(64).optional(),
});

const newFileBody = z.object({
  filename: lineField(1, 255)
    .regex(/^[^/\\]*$/, 'filename: 不能包含 / 或 \\')
    .refine((name) => name !== '.' && name !== '..', 'filename: 不是文件名'),
  content_type: z
    .string()
    .regex(/^[\w.+-]{1,127}\/[\w.+-]{1,127}(;[ \w=.+-]{1,100})?$/, 'content_type: 不是 MIME 类型'),
  file_size: z.int().min(0).max(maxBytes),
  tag: lineOrNull(64).default(null),
});

const fileOutput = z.object({
  id: z.string(),
  project_id: z.string(),
  filename: z.string(),
  file_size: z.int(),
  content_type: z.string(),
  tag: z.string().nullable(),
  oss_key: z.string(),
  created_at: timeText,
  updated_at: timeText.nullable(),
});

const announcedOutput = z.object({
  file: fileOutput,
  upload_url: z.string(),
  upload_headers: z.record(z.string(), z.string()),
});

export function projectFileRoutes({ service, access, publicUrl }: FileRoutesOptions): Route[] {
  const urlFor = (context: RequestContext) => publicUrl ?? gatewayUrl(context);
  return [
    defineRoute({
      method: 'GET',
      path: '/api/projects/:project_id/files',
      summary: '项目文件列表',
      tag: '项目',
      access: access.users,
      params: projectParams,
      query: filesQuery,
      output: pageOf(fileOutput),
      errors: ['unauthenticated', 'permission_denied', 'not_found', 'invalid_params'],
      handle: async ({ caller, params, query }) =>
        renderPage(await service.list(caller, params.project_id, query, query), renderFile),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/projects/files/:file_id/download-url',
      summary: '文件下载链接',
      tag: '项目',
      access: access.users,
      params: fileParams,
      output: z.object({ download_url: z.string(), expires_in: z.int() }),
      errors: ['unauthenticated', 'permission_denied', 'not_found'],
      handle: ({ caller, params, context }) => service.downloadUrl(caller, params.file_id, urlFor(context)),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/projects/files/:file_id/complete',
      summary: '确认文件已上传',
      tag: '管理',
      access: access.operators,
      params: fileParams,
      output: fileOutput,
      errors: ['not_found', 'rule_violation'],
      handle: async ({ params }) => renderFile(await service.complete(params.file_id)),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/admin/projects/files/:file_id',
      summary: '删除文件',
      tag: '管理',
      access: access.operators,
      params: fileParams,
      status: 204,
      output: noOutput,
      errors: ['not_found'],
      handle: ({ params }) => service.remove(params.file_id),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/admin/projects/:project_id/files',
      summary: '登记文件, 并得到上传链接',
      tag: '管理',
      access: access.operators,
      params: projectParams,
      body: newFileBody,
      status: 201,
      output: announcedOutput,
      errors: ['not_found', 'invalid_params'],
      async handle({ params, body, context }) {
        const { filename, content_type: contentType, file_size: size, tag } = body;
        const announced = { filename, contentType, size, tag };
        const { file, target } = await service.announce(params.project_id, announced, urlFor(context));
        return { file: renderFile(file), upload_url: target.url, upload_headers: target.headers };
      },
    }),
  ];
}

/** The gateway's own address: it names itself in these headers, and drops those of clients. */
function gatewayUrl({ request }: RequestContext): string {
  const { 'x-forwarded-proto': proto, 'x-forwarded-host': host } = request.headers;
  return `${String(proto ?? 'http')}://${String(host ?? request.headers.host ?? '')}`;
}

const renderFile = (file: FileRecord) => ({
  id: String(file._id),
  project_id: file.projectId,
  filename: file.filename,
  file_size: file.size,
  content_type: file.contentType,
  tag: file.tag,
  oss_key: file.key,
  created_at: file.createdAt,
  updated_at: file.updatedAt,
});
