import { requiredInProduction, text, wholeNumber } from '@portico/config';
import { z } from 'zod';
import { signingKey, verificationKeys } from './tokens/keys.ts';

/** Turns what a constructor throws into a line of the start-up report, without the secret. */
function parsed<Out>(parse: (value: string) => Out) {
  return text().transform((value, context): Out => {
    try {
      return parse(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });
}

/** Verifying operators' tokens: for every service with administration endpoints. */
export const operatorTokenConfig = {
  OPERATOR_PUBLIC_KEYS: requiredInProduction(parsed(verificationKeys), {
    description:
      "public keys of customer-service's tokens: one or several P-256 PEM blocks, line breaks may be written \\n; without it administration endpoints refuse everybody",
  }),
  OPERATOR_TOKEN_ISSUER: text()
    .default('portico/customer-service')
    .meta({ description: 'issuer of the tokens of customer-service, the same in all services' }),
  OPERATOR_TOKEN_AUDIENCE: text()
    .default('portico/customer-service')
    .meta({ description: 'audience of the tokens of customer-service, the same in all services' }),
};

/** Signing them: for customer-service, beside `operatorTokenConfig`, whose keys are then the former ones. */
export const tokenIssuerConfig = {
  OPERATOR_PRIVATE_KEY: parsed(signingKey).meta({
    description: 'signs tokens: a P-256 private key in PEM (PKCS #8), line breaks may be written \\n',
    secret: true,
    requiredInProduction: true,
  }),
  ACCESS_TOKEN_SECONDS: wholeNumber(60, 86_400)
    .default(1800)
    .meta({ description: 'how long an access token is valid' }),
};
