import type { ErrorCode } from '@portico/envelope';
import type { Request } from 'express';
import type { z } from 'zod';
import type { RequestContext } from './context.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Who may call a route. Every route names one, `publicAccess` is written out (style: routes).
 * `authorize` answers the caller or throws `unauthenticated` or `permission_denied`; it runs before the body is read.
 */
export interface Access<Caller> {
  readonly name: string;
  /** OpenAPI security scheme names; empty for public routes. */
  readonly security: readonly string[];
  /** Whether `authorize` looks for credentials in the body of a POST twin as well. */
  readonly readsBody?: boolean;
  authorize(request: Request, context: RequestContext): Promise<Caller> | Caller;
}

export const publicAccess: Access<undefined> = { name: 'public', security: [], authorize: () => undefined };

type ObjectSchema = z.ZodType<object>;
type Input<Schema> = Schema extends z.ZodType ? z.output<Schema> : Record<string, never>;

/** Validated input and everything else a handler may know of the request. */
export interface RouteInput<Params, Query, Body, Caller> {
  params: Input<Params>;
  query: Input<Query>;
  body: Body extends z.ZodType ? z.output<Body> : undefined;
  caller: Caller;
  context: RequestContext;
}

export interface RouteDefinition<
  Params extends ObjectSchema | undefined,
  Query extends ObjectSchema | undefined,
  Body extends z.ZodType | undefined,
  Caller,
> {
  method: Method;
  /** Express path with `:name` parameters, as documented. */
  path: string;
  summary: string;
  /** Group in the reference page. */
  tag: string;
  access: Access<Caller>;
  params?: Params;
  query?: Query;
  body?: Body;
  /** Bytes of body accepted; 100 KB where it is not given. */
  bodyLimit?: number;
  /** How the body is encoded; `form` is `application/x-www-form-urlencoded`, a `stream` is left to the handler. */
  bodyType?: 'json' | 'form' | 'raw' | 'stream';
  /**
   * For a documented GET that changes state or carries secrets: HEAD and prefetches execute nothing, and a
   * POST twin takes the same members as JSON, beside those of the query (contract: rules, 2).
   */
  unsafeGet?: boolean;
  /** Status of success; 200 where it is not given. 204 sends no body. */
  status?: number;
  /** The whole body of a success, envelope included: OpenAPI shows it and tests check answers against it. */
  output: z.ZodType;
  /** Errors a client should expect, beside those every route can give. */
  errors: readonly ErrorCode[];
  /** Answers what the service's dialect wraps, or `alreadySent` after writing the response itself. */
  handle(input: RouteInput<Params, Query, Body, Caller>): unknown;
}

/** A handler answers this when it has written the response by itself, a stream for example. */
export const alreadySent = Symbol('already sent');

/** A route with its types forgotten, as the application holds it. */
export type Route = RouteDefinition<
  ObjectSchema | undefined,
  ObjectSchema | undefined,
  z.ZodType | undefined,
  unknown
>;

/**
 * Declares a route: one object that is its validation, its documentation and its handler.
 *
 * @example
 * defineRoute({ method: 'GET', path: '/api/test', access: publicAccess, …, handle: () => ({ message: 'ok' }) })
 */
export function defineRoute<
  Params extends ObjectSchema | undefined = undefined,
  Query extends ObjectSchema | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
  Caller = undefined,
>(definition: RouteDefinition<Params, Query, Body, Caller>): Route {
  return definition;
}
