export { credentialsFrom } from './bearer.ts';
export type { CredentialScheme } from './bearer.ts';
export { createLoginBudget } from './budgets/login-budget.ts';
export type { Guess, LoginBudget, LoginBudgetOptions, LoginContext } from './budgets/login-budget.ts';
export { createCodes } from './codes/codes.ts';
export type { Codes, CodesOptions, CodeSubject } from './codes/codes.ts';
export {
  checkPasswordConfig,
  codesConfig,
  loginBudgetConfig,
  operatorTokenConfig,
  passwordConfig,
  secretTokenConfig,
  sessionAccessConfig,
  sessionConfig,
  tokenIssuerConfig,
} from './config.ts';
export { apiKeyFrom, hashApiKey, hasScope, isLive, makeApiKey } from './keys/api-keys.ts';
export type { ApiKeyCarrier, ApiKeyGrant, NewApiKey } from './keys/api-keys.ts';
export { createAuthMetrics } from './metrics.ts';
export type { AuthMetrics } from './metrics.ts';
export { passwordField, passwordLength } from './passwords/password-field.ts';
export type { PasswordWording } from './passwords/password-field.ts';
export { createPasswords } from './passwords/passwords.ts';
export type { Passwords, PasswordsOptions } from './passwords/passwords.ts';
export { digestOf, keyedDigest, sameSecret } from './secrets.ts';
export type { NamedSecret } from './secrets.ts';
export { createSessions } from './sessions/sessions.ts';
export type { Session, SessionGrant, Sessions, SessionsOptions } from './sessions/sessions.ts';
export type { SessionOrigin } from './sessions/sessions.model.ts';
export { createSignIn } from './sign-in/sign-in.ts';
export type { PasswordHolder, SignIn, SignInClaim, SignInOptions } from './sign-in/sign-in.ts';
export { bearerScheme, operatorAccess, userAccess } from './tokens/access.ts';
export type { AccessOptions, Operator } from './tokens/access.ts';
export { publicHalf, signingKey, verificationKeys } from './tokens/keys.ts';
export type { SigningKey, VerificationKey } from './tokens/keys.ts';
export { createOperatorAccess } from './tokens/operators.ts';
export type { OperatorsOptions } from './tokens/operators.ts';
export { createRevocations } from './tokens/revocations.ts';
export type { Revocations, RevocationsOptions } from './tokens/revocations.ts';
export { createSecretTokens } from './tokens/secret-tokens.ts';
export type { SecretTokenClaims, SecretTokens, SecretTokensOptions } from './tokens/secret-tokens.ts';
export { createTokenIssuer, createTokenVerifier } from './tokens/user-tokens.ts';
export type {
  IssuedToken,
  TokenIssuer,
  TokenIssuerOptions,
  TokenSubject,
  TokenVerifier,
  TokenVerifierOptions,
  UserClaims,
} from './tokens/user-tokens.ts';
