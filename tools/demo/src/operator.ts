import { call } from './call.ts';

/** Signs an operator in, who is a user of customer-service for the whole platform (contract: operators). */
export async function signIn(url: string, login: { email: string; password: string }): Promise<string> {
  const { status, body } = await call<{ access_token: string; detail?: string }>(
    `${url}/customer-service/api/auth/login`,
    { body: login },
  );
  if (status !== 200) throw new Error(`the operator could not sign in: ${status} ${body.detail ?? ''}`);
  return body.access_token;
}
