import { call, testStores } from '@portico/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type Ask, type Customer, type Service } from './testing/support.ts';

const stores = testStores();
let service: Service;
let owner: Customer;
let stranger: Customer;
let operate: Ask;
beforeAll(async () => {
  service = await startService(stores);
  owner = await service.newCustomer();
  stranger = await service.newCustomer();
  operate = await service.operate();
});
afterAll(() => service.close());

interface Made {
  id: string;
}
const made = async (path: string, body: object) =>
  (await operate<Made>('POST', path, { owner_email: owner.email, ...body })).body.id;
const project = () => made('/api/admin/projects', { name: '项目', overview_markdown: '概述' });

/** For each path of customers that takes an id: how to get the id of somebody else's object, and how it is refused. */
const foreign: Record<string, { id: () => Promise<string>; detail: string }> = {
  '/api/tickets/:ticket_id': { id: ticket, detail: '无权' },
  '/api/tickets/:ticket_id/comments': { id: ticket, detail: '无权' },
  '/api/business-accounts/:account_id': {
    id: async () => {
      const applied = await owner.ask<Made>('POST', '/api/business-accounts/me/apply', {});
      const mine = await owner.ask<Made>('GET', '/api/business-accounts/me');
      return applied.status === 201 ? applied.body.id : mine.body.id;
    },
    detail: '无权访问此业务账号',
  },
  '/api/contracts/:contract_id': { id: contract, detail: '无权访问此合同' },
  '/api/contracts/:contract_id/sign-status': { id: contract, detail: '无权更新此合同的签署状态' },
  '/api/projects/:project_id': { id: project, detail: '无权访问此项目' },
  '/api/projects/:project_id/files': { id: project, detail: '无权访问此项目' },
  '/api/projects/:project_id/links': { id: project, detail: '无权访问此项目' },
  '/api/projects/:project_id/tasks': { id: project, detail: '无权访问此项目' },
  '/api/projects/files/:file_id/download-url': {
    id: async () => {
      const file = { filename: 'a.txt', content_type: 'text/plain', file_size: 1 };
      const { body } = await operate<{ file: Made }>(
        'POST',
        `/api/admin/projects/${await project()}/files`,
        file,
      );
      return body.file.id;
    },
    detail: '无权访问此文件',
  },
};

async function ticket(): Promise<string> {
  const body = { title: '问题', ticket_type: 'technical', content: '内容' };
  return (await owner.ask<Made>('POST', '/api/tickets', body)).body.id;
}
async function contract(): Promise<string> {
  return made('/api/admin/contracts', { title: '合同', content_markdown: '正文' });
}

/** Bodies that pass validation, so that it is the owner that is missing. */
const bodies: Record<string, object> = {
  'PUT /api/tickets/:ticket_id': { title: 'x' },
  'POST /api/tickets/:ticket_id/comments': { content: 'x' },
  'PATCH /api/contracts/:contract_id/sign-status': { is_signed: true },
};

const routesOf = (access: string) => service.routes.filter((route) => route.access.name === access);

describe('a customer', () => {
  it('reaches nothing of another by any route that takes an id', async () => {
    const routes = routesOf('user').filter(({ path }) => path.includes(':'));
    expect(routes.length).toBeGreaterThan(9);
    for (const { method, path } of routes) {
      const kind = foreign[path];
      if (!kind) throw new Error(`${path} takes an id: say here how to get somebody else's`);
      const target = path.replace(/:\w+/, await kind.id());
      const answer = await stranger.ask<{ detail: string }>(method, target, bodies[`${method} ${path}`]);
      expect(answer.status, `${method} ${path}`).toBe(403);
      expect(answer.body.detail, `${method} ${path}`).toContain(kind.detail);
    }
  });

  it('finds nothing by an id that is missing or none', async () => {
    for (const { method, path } of routesOf('user').filter((route) => route.path.includes(':'))) {
      for (const id of ['507f1f77bcf86cd799439011', 'nonsense', '%7B%7D']) {
        const answer = await owner.ask(method, path.replace(/:\w+/, id), bodies[`${method} ${path}`]);
        expect(answer.status, `${method} ${path} ${id}`).toBe(404);
      }
    }
  });

  it('needs a token everywhere but where tokens are got', async () => {
    const kinds = new Set(service.routes.map((route) => route.access.name));
    expect(kinds).toEqual(new Set(['public', 'user', 'operator', 'same origin']));
    for (const { method, path } of routesOf('user')) {
      const answer = await service.ask(method, path.replace(/:\w+/, '507f1f77bcf86cd799439011'));
      expect(answer, `${method} ${path}`).toMatchObject({ status: 401, body: { detail: '无效的认证凭据' } });
    }
    expect(routesOf('public').map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/auth/send-code',
      'POST /api/auth/register',
      'POST /api/auth/login',
      'POST /api/auth/token',
      'POST /api/auth/refresh',
      'POST /api/auth/forgot-password',
      'POST /api/auth/reset-password',
      'POST /api/owa/info',
      'GET /files',
      'PUT /files',
    ]);
    expect(routesOf('same origin').map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/auth/session',
      'POST /api/auth/session/refresh',
      'DELETE /api/auth/session',
    ]);
  });
});

describe('administration', () => {
  it('is for operators alone', async () => {
    const routes = service.routes.filter(({ path }) => path.startsWith('/api/admin/'));
    expect(routes).toEqual(routesOf('operator'));
    expect(routes.length).toBeGreaterThan(25);
    for (const { method, path } of routes) {
      const target = path.replace(/:\w+/g, '507f1f77bcf86cd799439011');
      expect(await service.ask(method, target), path).toMatchObject({ status: 401 });
      expect(await stranger.ask(method, target), path).toMatchObject({ status: 403 });
    }
  });
});

describe('whatever is wrong', () => {
  it.each([
    ['an unknown path', '/api/nowhere', undefined, 404],
    ['malformed JSON', '/api/auth/login', '{"email":', 400],
    ['a list for an object', '/api/auth/login', '[]', 422],
    ['an operator for an address', '/api/auth/login', { email: { $ne: 1 }, password: 'x' }, 422],
    ['too large a body', '/api/auth/login', 'x'.repeat(200_000), 413],
  ])('%s is answered with a detail', async (_name, path, body, status) => {
    const answer = await call<{ detail: string }>(service.url + path, { method: 'POST', body });
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toMatch(/\S/);
  });
});

it('documents all of its routes', async () => {
  const { body } = await call<{ paths: Record<string, object> }>(`${service.url}/openapi.json`);
  for (const { method, path } of service.routes)
    expect(body.paths[path.replace(/:(\w+)/g, '{$1}')], path).toHaveProperty(method.toLowerCase());
});
