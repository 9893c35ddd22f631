import type { Operator } from '@portico/auth';
import { defineRoute, type Access, type Route } from '@portico/service';
import { z } from 'zod';
import { leased, pageOf, pageQuery, pageRequest, renderPage, timeText } from '../answers.ts';
import { carrierField, numberTypeField, phoneField, projectIdField, searchedPhoneField } from '../fields.ts';
import { toMoney } from '../ledger/money.ts';
import { shownPhone, type Phones } from '../phones/phones.ts';
import type { Caller } from '../users/users.model.ts';
import { leaseStates, type LeaseRecord } from './leases.model.ts';
import type { LeaseService } from './leases.service.ts';
import type { LeaseStore } from './leases.store.ts';
import type { Leasing } from './leasing.ts';

export interface LeaseRoutesOptions {
  leasing: Leasing;
  service: LeaseService;
  store: LeaseStore;
  users: Access<Caller>;
  operators: Access<Operator>;
  phones: Phones;
}

const tag = '号码';

const getQuery = z.object({
  project_id: projectIdField,
  carrier_type: carrierField.default(0),
  number_type: numberTypeField.default(0),
});

const done = z.object({ message: z.literal('ok'), code: z.literal(0), data: z.array(z.never()) });

const leaseOutput = z.object({
  id: z.string(),
  username: z.string(),
  project_id: z.string(),
  phone: z.string(),
  amount: z.number(),
  status: z.enum(leaseStates),
  started_at: timeText,
  ends_at: timeText,
});

export function leaseRoutes({
  leasing,
  service,
  store,
  users,
  operators,
  phones,
}: LeaseRoutesOptions): Route[] {
  const ownQuery = z.object({ project_id: projectIdField, phone: phoneField(phones) });
  const errors = [
    'unauthenticated',
    'invalid_params',
    'not_found',
    'no_number',
    'insufficient_balance',
  ] as const;
  return [
    defineRoute({
      method: 'GET',
      path: '/api/get_phone',
      unsafeGet: true,
      summary: '获取手机号, 并冻结价款',
      tag,
      access: users,
      query: getQuery,
      output: leased,
      errors,
      async handle({ caller, query }) {
        const filter = { carrier: query.carrier_type, kind: query.number_type };
        const lease = await leasing.lease({ user: caller, projectId: query.project_id, filter });
        return { message: '获取手机号成功', data: shownPhone(lease.phone) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/get_specified_phone',
      unsafeGet: true,
      summary: '获取指定的手机号, 并冻结价款',
      tag,
      access: users,
      query: getQuery.extend({ phone: phoneField(phones) }),
      output: leased,
      errors,
      async handle({ caller, query }) {
        const filter = { carrier: query.carrier_type, kind: query.number_type };
        const { project_id: projectId, phone } = query;
        const lease = await leasing.lease({ user: caller, projectId, filter, phone });
        return { message: '获取手机号成功', data: shownPhone(lease.phone) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/release_phone',
      unsafeGet: true,
      summary: '释放手机号; 未收到短信则退款',
      tag,
      access: users,
      query: ownQuery,
      output: done,
      errors: ['unauthenticated', 'invalid_params', 'not_found'],
      async handle({ caller, query }) {
        await service.release(caller, query.project_id, query.phone);
        return { message: 'ok', data: [] };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/blacklist_phone',
      unsafeGet: true,
      summary: '拉黑手机号: 不再为该项目分配给我',
      tag,
      access: users,
      query: ownQuery,
      output: done,
      errors: ['unauthenticated', 'invalid_params', 'not_found'],
      async handle({ caller, query }) {
        await service.blacklist(caller, query.project_id, query.phone);
        return { message: 'ok', data: [] };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/admin/leases',
      summary: '租用记录, 最近的在前',
      tag: '管理',
      access: operators,
      query: z.object({
        status: z.enum(leaseStates).optional(),
        phone: searchedPhoneField(phones),
        ...pageQuery,
      }),
      output: pageOf(leaseOutput),
      errors: ['invalid_params'],
      handle: async ({ query }) =>
        renderPage(await store.list(query, pageRequest(query)), query, renderLease),
    }),
  ];
}

const renderLease = (lease: LeaseRecord) => ({
  id: lease._id,
  username: lease.username,
  project_id: lease.projectId,
  phone: shownPhone(lease.phone),
  amount: toMoney(lease.amount),
  status: lease.state,
  started_at: lease.startedAt,
  ends_at: lease.endsAt,
});
