import type { ServerResponse } from 'node:http';
import type { Response } from 'express';
import type { ClientFacts } from './edge/client.ts';
import type { Lane } from './proxy/instance.ts';
import type { ProxiedRequest } from './proxy/proxied-request.ts';
import type { Upstream } from './proxy/upstream.ts';
import type { Match, RouteClass } from './routing/routes.ts';
import type { Target } from './routing/target.ts';

/** What the middlewares know of a request; each adds its part to `response.locals`. */
export interface RequestState {
  readonly requestId: string;
  readonly client: ClientFacts;
  /** The gateway's own headers of the answer, as name, value, name, value. */
  headers: string[];
  /** Undefined where the request target is refused. */
  target?: Target | undefined;
  /** Undefined for what the gateway answers itself, and for paths that no service has. */
  match?: Match | undefined;
  routeClass?: RouteClass;
  /** A small body, complete. */
  body?: Buffer;
  /** A body that is passed on while it arrives. */
  streams?: boolean;
  /** Where it is in flight, once it is. */
  upstream?: Upstream;
  lane?: Lane;
  proxied?: ProxiedRequest;
}

export function stateOf(response: ServerResponse): RequestState {
  return (response as Response).locals as RequestState;
}
