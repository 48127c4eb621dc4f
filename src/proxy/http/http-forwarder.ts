// Plain requests: to an upstream, and its answer back. The server room does the protocol towards the client; bodies pass as they
// come.

import type { IncomingMessage } from "node:http";
import { toError } from "../../connection/index.js";
import { type HeaderList, HeaderMap, hasNoContent } from "../../handshake/index.js";
import { type HttpRequest, type HttpResponse, NodeHttpRequest } from "../../server/index.js";
import { ProxyError } from "../errors.js";
import { type Exchange, nothingPassed, type Passed } from "../exchange.js";
import type { ProxyRefusal } from "../hooks.js";
import { passedBy, statusAnswer } from "../own-answer.js";
import { type Asking, askRequest, hookedRequest, hookedResponse } from "../phases.js";
import type { ProxyState } from "../proxy-state.js";
import type { AnsweredRequest, RoutedRequest } from "../routed-request.js";
import type { Upstream } from "../upstream/upstream.js";
import type { Place } from "../upstream/upstream-group.js";
import { DialFailure, tryUpstreams } from "../upstream-connection.js";
import { PassedBody } from "./passed-body.js";
import { BodyFailure, type Outgoing, UpstreamRequests } from "./upstream-request.js";

/** An answer that has begun to come. */
interface BegunAnswer {
  readonly place: Place;
  readonly message: IncomingMessage;
  readonly sent: { readonly bytes: number };
}

export class HttpForwarder {
  readonly #state: ProxyState;
  readonly #requests = new UpstreamRequests();

  constructor(state: ProxyState) {
    this.#state = state;
  }

  /** Answers every request. Never rejects. */
  readonly answer = async (request: HttpRequest): Promise<HttpResponse> => {
    const routed = this.#route(request);
    if ("answer" in routed) return routed.answer;
    const { exchange } = routed;
    this.#state.plainRequests.add(exchange);
    const gone = new AbortController();
    const stop = watch(request, () => gone.abort(new ProxyError("CLIENT_GONE", "the client has gone")));
    const asking = { hooks: this.#state.settings.hooks, exchange, gone: gone.signal };
    try {
      return await this.#forward(request, routed, asking);
    } catch (thrown) {
      const error = toError(thrown);
      const answer = statusAnswer(error instanceof ProxyError ? error.status : 502);
      if (!gone.signal.aborted) exchange.report(error);
      return this.#answered(exchange, answer, error, gone.signal);
    } finally {
      // From here on whoever sends the answer sees to it.
      stop();
    }
  };

  #end(exchange: Exchange, error: Error | undefined, passed: Passed): void {
    this.#state.plainRequests.delete(exchange);
    exchange.end(error, passed);
  }

  #answered(exchange: Exchange, answer: ProxyRefusal, error: Error, gone: AbortSignal): ProxyRefusal {
    exchange.status = answer.status;
    this.#end(exchange, error, gone.aborted ? nothingPassed : passedBy(answer, exchange.method));
    return answer;
  }

  #route(request: HttpRequest): RoutedRequest | AnsweredRequest {
    const { method, url, headers, remoteAddress, isSecure } = request;
    const host = headers.get("host") ?? "";
    const peer = request instanceof NodeHttpRequest ? request : { remoteAddress, isSecure };
    return this.#state.route({ kind: "http", method, url, host, headers, peer });
  }

  async #forward(request: HttpRequest, routed: RoutedRequest, asking: Asking): Promise<HttpResponse> {
    const { exchange } = routed;
    const refused = await askRequest(asking);
    if (refused !== undefined) {
      const error = new ProxyError("REFUSED", "the hook request refused it");
      return this.#answered(exchange, refused, error, asking.gone);
    }
    const reached = await this.#reach(request, routed, asking);
    try {
      return await this.#answerWith(request, routed, reached, asking);
    } catch (error) {
      reached.place.release();
      reached.message.destroy();
      throw error;
    }
  }

  async #answerWith(
    request: HttpRequest,
    routed: RoutedRequest,
    { place, message, sent }: BegunAnswer,
    asking: Asking,
  ): Promise<HttpResponse> {
    const { exchange, route } = routed;
    const status = checkedStatus(message);
    const headers = route.responseHeaders(HeaderMap.fromFlat(message.rawHeaders));
    const told = await hookedResponse(asking, status, headers);
    exchange.status = status;
    const settle = (bytesSent: number): void => {
      place.release();
      const failure = message.errored ? brokenOff(message.errored, place.upstream) : undefined;
      this.#end(exchange, failure, { bytesReceived: sent.bytes, bytesSent });
    };
    const body = new PassedBody(message, settle, (cause) => {
      const failure = brokenOff(cause, place.upstream);
      exchange.report(failure);
      this.#state.told.add(failure);
      return failure;
    });
    if (request.method !== "HEAD" && !hasNoContent(status)) return { status, headers: told, body };
    message.resume();
    body.settle();
    return { status, headers: told };
  }

  #reach(request: HttpRequest, routed: RoutedRequest, asking: Asking): Promise<BegunAnswer> {
    const { gone } = asking;
    return tryUpstreams(routed, asking, async (place) => {
      const outgoing = await this.#outgoing(request, routed, place.upstream, asking);
      try {
        const message = await this.#requests.send(place.upstream, outgoing, routed, gone);
        place.succeeded();
        return { place, message, sent: outgoing.sent };
      } catch (error) {
        if (error instanceof DialFailure) throw error;
        if (!gone.aborted && !(error instanceof BodyFailure)) place.failed(error);
        throw failureOf(error, place.upstream);
      }
    });
  }

  async #outgoing(
    request: HttpRequest,
    routed: RoutedRequest,
    upstream: Upstream,
    asking: Asking,
  ): Promise<Outgoing> {
    const { exchange, route, path } = routed;
    const given = route.requestHeaders(upstream, request.headers, exchange.host, exchange.identity);
    // Who waits to be told to go on has been answered here.
    const kept = given.filter(([name]) => name.toLowerCase() !== "expect");
    const isChunked = request.headers.has("transfer-encoding");
    const hasBody = isChunked || Number(request.headers.get("content-length") ?? 0) > 0;
    const framing: HeaderList = isChunked ? [["Transfer-Encoding", "chunked"]] : [];
    const head = { target: route.targetAt(upstream, request.url, path), headers: [...kept, ...framing] };
    const hooked = await hookedRequest(asking, head);
    return {
      method: request.method,
      ...hooked,
      body: hasBody ? request.body : undefined,
      sent: { bytes: 0 },
    };
  }
}

function watch(request: HttpRequest, gone: () => void): () => void {
  return request instanceof NodeHttpRequest ? request.watchConnection(gone) : () => {};
}

/** Throws `ProxyError` for what is no answer, and for a body in a coding that would be lost on the way. */
function checkedStatus({ statusCode = 0, headers }: IncomingMessage): number {
  const coding = headers["transfer-encoding"];
  if (statusCode < 200 || statusCode > 599)
    throw new ProxyError("UPSTREAM_INVALID", `the upstream answered with status ${statusCode}`);
  if (coding !== undefined && coding.toLowerCase() !== "chunked")
    throw new ProxyError(
      "UPSTREAM_INVALID",
      "the upstream's answer has a transfer coding that is not chunked",
    );
  return statusCode;
}

/** What hooks and the log are told of it. */
function failureOf(cause: unknown, { url }: Upstream): ProxyError {
  if (cause instanceof ProxyError) return cause;
  if (cause instanceof BodyFailure) return new ProxyError("CLIENT_GONE", cause.message, { cause });
  return new ProxyError("UPSTREAM_INVALID", `upstream ${url}: ${toError(cause).message}`, { cause });
}

/** Why an answer ended before its body had. */
function brokenOff(cause: unknown, upstream: Upstream): ProxyError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code !== "ECONNRESET" || message !== "aborted") return failureOf(cause, upstream);
  const text = `upstream ${upstream.url} ended the connection within its answer`;
  return new ProxyError("UPSTREAM_INVALID", text, { cause });
}
