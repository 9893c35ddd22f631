import { AppError } from '@portico/envelope';
import type { Access } from '@portico/service';
import { credentialsFrom } from '../bearer.ts';
import type { TokenVerifier, UserClaims } from './user-tokens.ts';

/** Whoever may use administration endpoints: a customer-service user with the role `admin`. */
export interface Operator {
  id: string;
  email: string | undefined;
}

export interface AccessOptions {
  verifier: TokenVerifier;
  /**
   * Whether the version in a genuine token is still the user's. customer-service asks its database; the other
   * services ask `createRevocations`. May throw `unavailable`.
   */
  isCurrent?: (claims: UserClaims) => boolean | Promise<boolean>;
  /** Wording of the refusal, where the document gives it. */
  message?: string;
}

/** Name of the OpenAPI security scheme of these tokens. */
export const bearerScheme = 'bearer';

/**
 * A route for users of customer-service: answers the claims of the Bearer token.
 *
 * The status is said aloud so that also the services that answer outcomes with 200 refuse with 401 and 403.
 */
export function userAccess({ verifier, isCurrent, message }: AccessOptions): Access<UserClaims> {
  return {
    name: 'user',
    security: [bearerScheme],
    async authorize(request) {
      const token = credentialsFrom(request.headers.authorization);
      const claims = token === undefined ? undefined : verifier.verify(token);
      if (!claims || (isCurrent && !(await isCurrent(claims)))) {
        throw new AppError('unauthenticated', {
          status: 401,
          headers: { 'WWW-Authenticate': 'Bearer' },
          ...(message !== undefined && { message }),
        });
      }
      return claims;
    },
  };
}

/** A route for operators: 401 without a valid token, 403 with a customer's (contract: operators). */
export function operatorAccess(options: AccessOptions): Access<Operator> {
  const users = userAccess(options);
  return {
    name: 'operator',
    security: [bearerScheme],
    async authorize(request, context) {
      const claims = await users.authorize(request, context);
      if (claims.role !== 'admin') throw new AppError('permission_denied', { status: 403 });
      return { id: claims.subject, email: claims.email };
    },
  };
}
