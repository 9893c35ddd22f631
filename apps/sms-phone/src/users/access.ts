import { credentialsFrom, type SecretTokenClaims, type SecretTokens } from '@portico/auth';
import { AppError } from '@portico/envelope';
import type { Access } from '@portico/service';
import { LRUCache } from 'lru-cache';
import type { Caller } from './users.model.ts';
import type { UserStore } from './users.store.ts';

/** OpenAPI security scheme of users' tokens. */
export const tokenScheme = 'token';

const maxKnown = 20_000;
/** Verifying a signature costs more than all the rest of a request; a verified one is believed for so long. */
const believedMs = 60_000;

/**
 * Access by token: `token` of the query, or of the body of a POST, or a Bearer token. The user is read for each request,
 * so that a changed password ends older tokens at once.
 */
export function createUserAccess(tokens: SecretTokens, store: Pick<UserStore, 'find'>): Access<Caller> {
  const verified = new LRUCache<string, SecretTokenClaims>({ max: maxKnown, ttl: believedMs });

  function claimsOf(token: string): SecretTokenClaims | undefined {
    const known = verified.get(token);
    if (known) return known;
    const claims = tokens.verify(token);
    if (claims) verified.set(token, claims);
    return claims;
  }

  return {
    name: 'user',
    security: [tokenScheme],
    readsBody: true,
    async authorize(request) {
      const inQuery: unknown = request.query['token'];
      const inBody = (request.body as { token?: unknown } | undefined)?.token;
      const given = [inQuery, inBody].find((token) => typeof token === 'string' && token !== '');
      const token = (given as string | undefined) ?? credentialsFrom(request.headers.authorization);
      const claims = token === undefined ? undefined : claimsOf(token);
      const user = claims && (await store.find(Number(claims.subject)));
      if (!user || user.version !== claims.version)
        throw new AppError('unauthenticated', { message: 'token 无效或已过期' });
      return user;
    },
  };
}
