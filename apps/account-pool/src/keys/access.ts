import { apiKeyFrom, bearerScheme, hasScope, hashApiKey, isLive, type Operator } from '@portico/auth';
import { AppError } from '@portico/envelope';
import type { Access, Logger, RequestContext } from '@portico/service';
import { LRUCache } from 'lru-cache';
import type { Actor } from '../accounts/events.ts';
import type { KeyRecord } from './keys.model.ts';
import { keyPrefix, type KeyStore } from './keys.store.ts';
import { everyOwner, type Scope } from './scopes.ts';

/** Whoever calls, and whose accounts that opens. */
export interface Caller {
  /** The one owner whose accounts are seen and changed; undefined: all owners'. */
  ownerId: string | undefined;
  /** As the audit trail names the caller. */
  actor(context: RequestContext): Actor;
}

/** Makes the access of a route for a scope. */
export type OwnerAccess = (scope: Scope) => Access<Caller>;

export interface KeyAccessOptions {
  keys: KeyStore;
  operators: Access<Operator>;
  /** Nobody needs a key (contract: account-pool, authentication). */
  open: boolean;
  logger: Logger;
}

/** OpenAPI security scheme of keys. */
export const keyScheme = 'key';

/** How long an instance believes what it knows of a key: so late does a revocation reach the others. */
const believedMs = 5000;
const maxKnown = 10_000;
/** How exactly the last use of a key is kept. */
const useMs = 60_000;

/** Access by API key, or as an operator. */
export function createKeyAccess({ keys, operators, open, logger }: KeyAccessOptions) {
  const known = new LRUCache<string, { record: KeyRecord | undefined }>({ max: maxKnown, ttl: believedMs });
  const uses = new LRUCache<number, true>({ max: maxKnown, ttl: useMs });

  async function recordOf(key: string): Promise<KeyRecord> {
    const hash = hashApiKey(key);
    let found = known.get(hash);
    if (!found) {
      found = { record: (await keys.findByHash(hash)) ?? undefined };
      known.set(hash, found);
    }
    const { record } = found;
    if (!record || !isLive(record)) throw refused(401);
    if (!uses.has(record._id)) {
      uses.set(record._id, true);
      keys
        .used(record._id, new Date())
        .catch((error: unknown) => logger.warn({ err: error }, 'use of a key not noted'));
    }
    return record;
  }

  /** The caller whom a key stands for. @throws AppError 403 where it lacks the scope */
  function callerOf(record: KeyRecord, scope: Scope): Caller {
    if (!hasScope(record, scope)) throw refused(403);
    const ownerId = record.ownerId === everyOwner ? undefined : record.ownerId;
    return { ownerId, actor: actorOf(`key:${record._id}`) };
  }

  const anonymous: Caller = { ownerId: undefined, actor: actorOf('anonymous') };

  /** For scripts: a key that is bound to the owner in the path. */
  const scripts: OwnerAccess = (scope) => ({
    name: 'owner',
    security: [keyScheme],
    async authorize(request) {
      const key = apiKeyFrom(request, keyPrefix);
      if (key === undefined) {
        if (open) return anonymous;
        throw refused(401);
      }
      const caller = callerOf(await recordOf(key), scope);
      if (caller.ownerId !== undefined && caller.ownerId !== request.params['ownerId']) throw refused(403);
      return caller;
    },
  });

  /** For the web: a key, which sees the accounts of its owner, or an operator, who sees all. */
  const web = (scope: Scope, { guarded = false } = {}): Access<Caller> => ({
    name: guarded ? 'admin' : 'web',
    security: [keyScheme, bearerScheme],
    async authorize(request, context) {
      const key = apiKeyFrom(request, keyPrefix);
      if (key !== undefined) {
        const caller = callerOf(await recordOf(key), scope);
        // Administration is about all owners.
        if (guarded && caller.ownerId !== undefined) throw refused(403);
        return caller;
      }
      if (open && !guarded) return anonymous;
      const operator = await operators.authorize(request, context);
      return { ownerId: undefined, actor: actorOf(`operator:${operator.id}`) };
    },
  });

  return {
    scripts,
    web: (scope: Scope) => web(scope),
    admin: web('admin', { guarded: true }),
    /** A key was revoked: this instance knows at once. */
    forget: (hash: string) => void known.delete(hash),
  };
}

export type KeyAccess = ReturnType<typeof createKeyAccess>;

const actorOf = (by: string) => (context: RequestContext) => ({
  by,
  ip: context.clientIp,
  requestId: context.requestId,
});

/** The status is said aloud: who may not come in learns so, whatever outcomes are answered with. */
const refused = (status: 401 | 403) =>
  status === 401
    ? new AppError('unauthenticated', { status, headers: { 'WWW-Authenticate': 'Bearer' } })
    : new AppError('permission_denied', { status });
