import { AppError } from '@portico/envelope';
import { defineRoute, type Route } from '@portico/service';
import { pageQuery, pageRequest, renderPage } from '../answers.ts';
import type { KeyAccess } from './access.ts';
import type { KeyRecord } from './keys.model.ts';
import { keyBody, keyOutput, keyParams, keysOutput, newKeyOutput } from './keys.schemas.ts';
import type { KeyStore } from './keys.store.ts';
import { z } from 'zod';

export interface KeyRoutesOptions {
  keys: KeyStore;
  access: KeyAccess;
}

const tag = 'Administration';

export function keyRoutes({ keys, access }: KeyRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/admin/keys',
      summary: 'Make an API key; the answer shows it once',
      tag,
      access: access.admin,
      body: keyBody,
      output: newKeyOutput,
      errors: ['invalid_params', 'unauthenticated', 'permission_denied'],
      async handle({ body }) {
        const { record, key } = await keys.create(body);
        return { data: { ...renderKey(record), key } };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/admin/keys',
      summary: 'List API keys, newest first',
      tag,
      access: access.admin,
      query: z.object(pageQuery),
      output: keysOutput,
      errors: ['invalid_params', 'unauthenticated', 'permission_denied'],
      handle: async ({ query }) => renderPage(await keys.list(pageRequest(query)), query, renderKey),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/admin/keys/:id',
      summary: 'Revoke an API key; other instances know within 5 s',
      tag,
      access: access.admin,
      params: keyParams,
      output: keyOutput,
      errors: ['not_found', 'unauthenticated', 'permission_denied'],
      async handle({ params }) {
        const hash = await keys.revoke(params.id);
        if (hash === undefined)
          throw new AppError('not_found', { message: 'No such key, or revoked already.' });
        access.forget(hash);
        return { data: { revokedId: params.id } };
      },
    }),
  ];
}

const renderKey = (key: KeyRecord) => ({
  id: key._id,
  ownerId: key.ownerId,
  scopes: key.scopes,
  hint: key.hint,
  createdAt: key.createdAt,
  expiresAt: key.expiresAt,
  revokedAt: key.revokedAt,
  lastUsedAt: key.lastUsedAt,
});
