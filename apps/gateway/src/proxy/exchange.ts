import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough, type Writable } from 'node:stream';
import { AppError } from '@portico/envelope';
import type { Dispatcher } from 'undici';
import type { IncomingHttpHeaders } from 'undici/types/header.js';
import { encoderFor } from '../edge/compression.ts';
import { addResponseHeaders, single } from './headers.ts';
import type { Connection, Instance, Waiter } from './instance.ts';
import type { Upstream } from './upstream.ts';

export interface ExchangeOptions {
  request: IncomingMessage;
  response: ServerResponse;
  upstream: Upstream;
  method: string;
  /** Path and query for the service. */
  path: string;
  headers: string[];
  /** The bytes of a body that had to be read already; without them the request is streamed. */
  body?: Buffer;
  /** Whether a body follows, and how much of it is accepted. */
  hasBody: boolean;
  maxBodyBytes: number;
  /** Whether it may be sent again when a connection broke before the answer. */
  repeatable: boolean;
  responseTimeoutMs: number;
  /** The gateway's own headers of every answer, and their names in lower case. */
  ownHeaders: string[];
  ownHeaderNames: ReadonlySet<string>;
  /** Answers in the gateway's own words; called at most once, and never after the service began to answer. */
  refuse(error: AppError): void;
}

/** Attempts that sent nothing may be repeated for so long, so that the client has its 503 within two seconds. */
const attemptsMs = 900;
const maxAttempts = 4;
const pauseMs = 100;
/** How long a client may read nothing of what waits for it. */
const readerPatienceMs = 60_000;

/** One request on its way to a service and its answer on the way back, both streamed. */
export class Exchange implements Waiter, Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #tried = new Set<Instance>();
  readonly #started = performance.now();
  #attempts = 0;
  #repeated = false;
  #body: Buffer | PassThrough | undefined;
  #bodyBytes = 0;
  #instance: Instance | undefined;
  #connection: Connection | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sink: Writable | undefined;
  /** Some of the request has been written to a connection. */
  #sent = false;
  /** The answer is complete, refused, or nobody waits for it any more. */
  #done = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#body = options.body;
  }

  start(): void {
    const { upstream, responseTimeoutMs } = this.#options;
    if (upstream.inFlight >= upstream.maxInFlight) {
      // It never was in flight, and must not be counted down when the client's side closes.
      this.#done = true;
      this.#options.refuse(new AppError('unavailable', { retryAfter: 1 }));
      return;
    }
    upstream.inFlight += 1;
    this.#timer = setTimeout(() => this.#late(), responseTimeoutMs);
    this.#attempt();
  }

  #attempt(): void {
    if (this.#done) return;
    const { upstream } = this.#options;
    const instance = upstream.pick(this.#tried);
    if (!instance) {
      this.#refuse(new AppError('unavailable', { retryAfter: upstream.retryAfter() }));
      return;
    }
    const again = this.#tried.has(instance);
    this.#tried.add(instance);
    this.#attempts += 1;
    if (again) setTimeout(() => this.#ask(instance), pauseMs);
    else this.#ask(instance);
  }

  #ask(instance: Instance): void {
    if (this.#done) return;
    this.#instance = instance;
    instance.breaker.begin(performance.now());
    instance.acquire(this);
  }

  granted(connection: Connection): void {
    const { method, path, headers, hasBody, request } = this.#options;
    this.#connection = connection;
    if (hasBody && !this.#body) this.#body = request.pipe(new PassThrough());
    connection.client.dispatch({ method, path, headers, body: this.#body ?? null }, this);
  }

  denied(): void {
    this.#instance?.breaker.abandoned();
    this.#tryElsewhere();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#sent = true;
    if (this.#done) controller.abort(new Error('client left'));
  }

  onBodySent(chunk: Buffer): void {
    // The time-out is for the answer: a long upload that moves on is not late.
    this.#timer?.refresh();
    this.#bodyBytes += chunk.length;
    if (this.#bodyBytes > this.#options.maxBodyBytes) {
      this.#refuse(new AppError('payload_too_large'));
      this.#controller?.abort(new Error('body too large'));
    }
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (this.#done || status < 200) return;
    clearTimeout(this.#timer);
    const { request, response, ownHeaders, ownHeaderNames, hasBody, body } = this.#options;
    this.#instance?.answered(single(headers['connection'])?.toLowerCase() === 'close');

    const encoder = encoderFor(request, status, headers);
    const answer = addResponseHeaders(ownHeaders, ownHeaderNames, headers);
    // A service that answers before it has read everything leaves bytes that nobody will read.
    if (hasBody && !body && !request.complete) answer.push('Connection', 'close');
    if (encoder) encoder.stream.pipe(response);
    this.#sink = encoder?.stream ?? response;
    response.writeHead(status, answer);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#sink?.write(chunk) !== false) return;
    controller.pause();
    // A client that stops reading would hold the service's connection for ever.
    const stalled = setTimeout(() => this.#options.response.destroy(), readerPatienceMs).unref();
    this.#sink.once('drain', () => {
      clearTimeout(stalled);
      controller.resume();
    });
  }

  onResponseEnd(): void {
    this.#leave();
    this.#finish();
    this.#sink?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error & { code?: string }): void {
    const { response } = this.#options;
    const instance = this.#instance;
    const connection = this.#connection;
    this.#connection = undefined;
    if (!this.#sent && connection && error.code !== 'UND_ERR_INVALID_ARG')
      instance?.connectFailed(connection);
    else if (connection) instance?.release(connection);
    if (this.#done) {
      instance?.breaker.abandoned();
    } else if (response.headersSent) {
      this.#finish();
      response.destroy();
    } else if (error.code === 'UND_ERR_INVALID_ARG') {
      this.#refuse(new AppError('bad_request', { cause: error }));
    } else if (!this.#sent) {
      this.#tryElsewhere();
    } else if (this.#options.repeatable && !this.#options.hasBody && !this.#repeated) {
      // The connection broke before any answer; reads may be asked again, everything else may have been done.
      this.#repeated = true;
      this.#sent = false;
      this.#attempt();
    } else {
      instance?.breaker.failed();
      this.#refuse(new AppError('bad_gateway', { cause: error }));
    }
  }

  #tryElsewhere(): void {
    if (this.#done) return;
    if (this.#attempts >= maxAttempts || performance.now() - this.#started > attemptsMs) {
      const retryAfter = this.#options.upstream.retryAfter();
      this.#refuse(new AppError('unavailable', { retryAfter }));
    } else {
      this.#attempt();
    }
  }

  #late(): void {
    if (this.#done) return;
    if (!this.#sent) {
      this.#refuse(new AppError('unavailable', { retryAfter: 1 }));
      return;
    }
    this.#instance?.breaker.failed();
    this.#refuse(new AppError('timeout'));
    this.#controller?.abort(new Error('no answer in time'));
  }

  /** The client's side is closed; where the answer was not complete, nobody waits for it any more. */
  clientGone(): void {
    if (this.#done) return;
    this.#finish();
    this.#instance?.breaker.abandoned();
    if (this.#connection) this.#controller?.abort(new Error('client left'));
    else this.#instance?.withdraw(this);
  }

  #refuse(error: AppError): void {
    if (this.#done) return;
    if (!this.#connection) this.#instance?.withdraw(this);
    this.#finish();
    this.#options.refuse(error);
  }

  #leave(): void {
    if (this.#connection) this.#instance?.release(this.#connection);
    this.#connection = undefined;
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#timer);
    this.#options.upstream.inFlight -= 1;
  }
}
