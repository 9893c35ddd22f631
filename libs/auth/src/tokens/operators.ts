import type { Access } from '@portico/service';
import type { Redis } from 'ioredis';
import { operatorAccess, type Operator } from './access.ts';
import type { VerificationKey } from './keys.ts';
import { createRevocations } from './revocations.ts';
import { createTokenVerifier } from './user-tokens.ts';

export interface OperatorsOptions {
  /** The service's configuration, of which `operatorTokenConfig` is a part. */
  config: {
    OPERATOR_PUBLIC_KEYS?: readonly VerificationKey[] | undefined;
    OPERATOR_TOKEN_ISSUER: string;
    OPERATOR_TOKEN_AUDIENCE: string;
    REDIS_PREFIX: string;
  };
  redis: Redis;
}

/** Seconds that an operator's token lives at most. */
const operatorTokenSeconds = 86_400;

/** The access of administration endpoints in a service that verifies the tokens of operators and issues none. */
export function createOperatorAccess({ config, redis }: OperatorsOptions): Access<Operator> {
  const revocations = createRevocations({
    redis,
    prefix: config.REDIS_PREFIX,
    lifetime: operatorTokenSeconds,
  });
  const verifier = createTokenVerifier({
    keys: config.OPERATOR_PUBLIC_KEYS ?? [],
    issuer: config.OPERATOR_TOKEN_ISSUER,
    audience: config.OPERATOR_TOKEN_AUDIENCE,
  });
  return operatorAccess({ verifier, isCurrent: (claims) => revocations.isCurrent(claims) });
}
