import { AppError } from '@portico/envelope';
import { defineRoute, type Access, type Route } from '@portico/service';
import { z } from 'zod';
import { commonMembers, emptySuccess, success } from '../answers.ts';
import type { Clock } from '../clock.ts';
import { flexibleBoolean } from '../fields.ts';
import type { User } from '../users/access.ts';
import { clientTypes, type DeviceRecord } from './devices.model.ts';
import type { DeviceStore } from './devices.store.ts';

const clientId = z.string().trim().min(1, 'client_id 不能为空').max(512, 'client_id 过长');
const params = z.object({ client_id: clientId });
const bindBody = z.object({
  client_id: clientId,
  client_type: z.enum(clientTypes, { error: 'client_type 必须是 android 或 ios' }),
});
const switchBody = z.object({ switch: flexibleBoolean('switch') });

/** Document 004, push/bind. */
const device = z.object({
  ...commonMembers,
  user_id: z.int(),
  client_id: z.string(),
  client_type: z.enum(clientTypes),
  switch: z.boolean(),
});

export interface DeviceRoutesOptions {
  store: DeviceStore;
  users: Access<User>;
  clock: Clock;
}

const tag = '推送';

export function deviceRoutes({ store, users, clock }: DeviceRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/push/bind',
      summary: '绑定推送客户端; 客户端归当前用户所有',
      tag,
      access: users,
      body: bindBody,
      output: success(device),
      errors: ['unauthenticated', 'invalid_params'],
      async handle({ caller, body }) {
        const bound = await store.bind(caller.id, body.client_id, body.client_type);
        await store.dropBeyondLimit(caller.id);
        return render(bound, clock);
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/push/bind',
      summary: '已绑定的推送客户端',
      tag,
      access: users,
      output: success(z.object({ data: z.array(device) })),
      errors: ['unauthenticated'],
      handle: async ({ caller }) => ({
        data: (await store.list(caller.id)).map((bound) => render(bound, clock)),
      }),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/push/bind/:client_id',
      summary: '解绑推送客户端',
      tag,
      access: users,
      params,
      output: emptySuccess,
      errors: ['unauthenticated', 'not_found'],
      async handle({ caller, params }) {
        if (!(await store.unbind(caller.id, params.client_id))) throw new AppError('not_found');
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/push/switch/:client_id',
      summary: '推送开关状态',
      tag,
      access: users,
      params,
      output: success(device),
      errors: ['unauthenticated', 'not_found'],
      async handle({ caller, params }) {
        const found = await store.find(caller.id, params.client_id);
        if (!found) throw new AppError('not_found');
        return render(found, clock);
      },
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/push/switch/:client_id',
      summary: '修改推送开关',
      tag,
      access: users,
      params,
      body: switchBody,
      output: emptySuccess,
      errors: ['unauthenticated', 'invalid_params', 'not_found'],
      async handle({ caller, params, body }) {
        const isThere = await store.setSwitch(caller.id, params.client_id, body.switch);
        if (!isThere) throw new AppError('not_found');
      },
    }),
  ];
}

function render(bound: DeviceRecord, clock: Clock) {
  return {
    id: bound._id,
    app_id: '',
    created_at: clock.format(bound.createdAt),
    updated_at: clock.format(bound.updatedAt),
    user_id: bound.userId,
    client_id: bound.clientId,
    client_type: bound.clientType,
    switch: bound.switch,
  };
}
