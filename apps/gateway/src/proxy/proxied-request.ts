import type { ClientRequest, IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { AppError } from '@portico/envelope';
import type { Request, Response } from 'express';
import type { Options } from 'http-proxy-middleware';
import type { Refuse } from '../middlewares/errors.ts';
import { stateOf } from '../state.ts';
import { compressResponse, isWorthCompressing } from './compression.ts';
import { answerHeaders } from './headers.ts';
import type { Instance, Lane } from './instance.ts';
import type { Upstream } from './upstream.ts';

export interface ProxiedRequestOptions {
  request: Request;
  response: Response;
  upstream: Upstream;
  lane: Lane;
  /** Whether it may be sent again when a connection broke before the answer. */
  repeatable: boolean;
  maxBodyBytes: number;
  responseTimeoutMs: number;
  /** Names in lower case of those of the gateway's own headers that give way to the service's. */
  ownHeaderNames: ReadonlySet<string>;
  refuse: Refuse;
  /** Passes the request on to what `prepare` says. */
  forward: (request: Request, response: Response) => void;
}

/** Attempts that sent nothing may be repeated for so long, so that the client has its 503 within two seconds. */
const attemptsMs = 900;
const maxFailures = 4;
const pauseMs = 100;

/** One request on its way to a service, and the service's answer on the way back. */
export class ProxiedRequest {
  readonly #options: ProxiedRequestOptions;
  readonly #tried = new Set<Instance>();
  readonly #started = performance.now();
  readonly #timer: NodeJS.Timeout;
  #instance: Instance | undefined;
  /** Known once it has a connection; before that nothing was sent. */
  #outgoing: ClientRequest | undefined;
  #failures = 0;
  #repeated = false;
  #answered = false;
  /** Bytes of the client's connection when the timer last looked. */
  #moved = 0;

  constructor(options: ProxiedRequestOptions) {
    this.#options = options;
    const { request, response, responseTimeoutMs } = options;
    this.#timer = setTimeout(() => this.#late(), responseTimeoutMs);
    // The time-out is for the answer: a long upload that moves on is not late.
    if (stateOf(response).streams) request.once('end', () => this.#timer.refresh());
    response.on('close', () => this.#close());
  }

  start(): void {
    this.#attempt();
  }

  #attempt(paused = false): void {
    const { request, response, upstream, lane, refuse, forward } = this.#options;
    if (response.headersSent || response.destroyed) return;
    const instance = upstream.pick(lane, this.#tried);
    if (!instance && !(upstream.isUp() && this.#hasTime())) {
      refuse(response, this.#unavailable(new Error(`no instance of ${upstream.service} takes the request`)));
      return;
    }
    if (!instance || (this.#tried.has(instance) && !paused)) {
      setTimeout(() => this.#attempt(true), pauseMs);
      return;
    }
    // Every attempt adds listeners of its own.
    if (this.#tried.size === 1) for (const emitter of [request, response]) emitter.setMaxListeners(50);
    this.#tried.add(instance);
    this.#instance = instance;
    instance.begin(lane, performance.now());
    request.headers.host = instance.host;
    forward(request, response);
  }

  /** Where this attempt goes, and with what. */
  prepare(options: Options<Request, Response>): Instance['target'] | undefined {
    const { response, lane } = this.#options;
    const { body } = stateOf(response);
    options.agent = this.#instance?.agent(lane);
    if (body) options.buffer = Readable.from([body]);
    return this.#instance?.target;
  }

  /** The request got its connection and is about to be written. */
  sending(outgoing: ClientRequest): void {
    const { request, response, maxBodyBytes, refuse } = this.#options;
    this.#outgoing = outgoing;
    if (response.headersSent || response.destroyed) {
      outgoing.destroy();
    } else if (stateOf(response).streams && request.headers['content-length'] === undefined) {
      let size = 0;
      request.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBodyBytes) refuse(response, new AppError('payload_too_large'));
      });
    }
  }

  answer(incoming: IncomingMessage): void {
    const { request, response, ownHeaderNames } = this.#options;
    if (response.headersSent || response.destroyed) {
      incoming.destroy();
      return;
    }
    this.#answered = true;
    const state = stateOf(response);
    const status = incoming.statusCode ?? 502;
    const { headers, facts } = answerHeaders(state.headers, ownHeaderNames, incoming.rawHeaders);
    this.#instance?.answered(facts.connection === 'close');
    // A service that answers before it has read everything leaves bytes that nothing will read.
    if (state.streams && !request.complete) headers.push('Connection', 'close');
    if (isWorthCompressing(status, facts)) compressResponse(request, response, status, headers);
    else response.writeHead(status, headers);
    incoming.pipe(response);
  }

  failed(error: Error & { code?: string }): void {
    const { request, response, repeatable, refuse } = this.#options;
    const instance = this.#leave();
    if (!instance || response.destroyed || response.headersSent) return;
    if (!this.#outgoing) {
      if (error.code === 'ERR_INVALID_CHAR' || error.code === 'ERR_UNESCAPED_CHARACTERS') {
        refuse(response, new AppError('bad_request', { cause: error }));
        return;
      }
      instance.connectFailed(error);
      this.#failures += 1;
      if (this.#failures < maxFailures && this.#hasTime()) this.#attempt();
      else refuse(response, this.#unavailable(error));
    } else if (repeatable && !this.#repeated && !stateOf(response).streams) {
      // The connection broke before any answer; reads may be asked again, everything else may have been done.
      this.#repeated = true;
      this.#outgoing = undefined;
      instance.breaker.abandoned();
      this.#attempt();
    } else if (request.destroyed && !request.complete) {
      instance.breaker.abandoned();
    } else {
      instance.breaker.failed();
      refuse(response, new AppError('bad_gateway', { cause: error }));
    }
  }

  #late(): void {
    const { request, response, refuse } = this.#options;
    const { socket } = request;
    const moved = socket.bytesRead + socket.bytesWritten;
    if (response.headersSent || (!request.complete && moved > this.#moved)) {
      // A client that reads nothing, or a service that says nothing more, would hold the connection for ever.
      if (moved === this.#moved) response.destroy();
      else this.#timer.refresh();
      this.#moved = moved;
    } else if (this.#outgoing) {
      this.#instance?.timedOut(this.#started);
      refuse(response, new AppError('timeout', { cause: new Error('no answer in time') }));
    } else {
      refuse(response, this.#unavailable(new Error('no connection in time')));
    }
  }

  /** The client has its answer, a refusal included, or left. */
  #close(): void {
    clearTimeout(this.#timer);
    const instance = this.#leave();
    if (this.#answered) return;
    instance?.breaker.abandoned();
    // After a refusal the request would go on, and after a client left it is for nothing.
    this.#outgoing?.destroy();
  }

  #leave(): Instance | undefined {
    const instance = this.#instance;
    instance?.end(this.#options.lane);
    this.#instance = undefined;
    return instance;
  }

  #hasTime(): boolean {
    return performance.now() - this.#started < attemptsMs;
  }

  #unavailable(cause: Error): AppError {
    return new AppError('unavailable', { retryAfter: this.#options.upstream.retryAfter(), cause });
  }
}
