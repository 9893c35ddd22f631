import createClient from 'openapi-fetch';
import { isFailure, toApiError } from './errors.ts';
import type { paths } from './schema.d.ts';
import { authorizedFetch } from './session.ts';

/** Every call of the console goes through this client, to the prefixed paths of the gateway. */
export const api = createClient<paths>({
  baseUrl: '/',
  fetch: authorizedFetch,
  // A list of statuses is sent as repeated parameters.
  querySerializer: { array: { style: 'form', explode: true } },
});

interface Result<Body> {
  data?: Body;
  error?: unknown;
  response: Response;
}

/** The members of an answer that wraps its data, or the answer itself. */
export type Unwrapped<Body> = Body extends { code: 0; data: infer Data } ? Data : Body;

/**
 * What a call answered, without the envelope of its service.
 *
 * @throws ApiError for every failure, also those that a service answers with status 200
 */
export async function read<Body>(call: Promise<Result<Body>>): Promise<Unwrapped<Body>> {
  const { data, error, response } = await call;
  const body: unknown = data ?? error;
  if (isFailure(response.status, body)) throw toApiError(response, body);
  const wrapped = typeof body === 'object' && body !== null && 'code' in body && 'data' in body;
  return (wrapped ? body.data : body) as Unwrapped<Body>;
}
