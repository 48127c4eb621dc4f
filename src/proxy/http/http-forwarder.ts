// Plain requests: to an upstream, and its answer back. The server room does the protocol towards the client; bodies pass as they
// come.

import type { IncomingMessage } from "node:http";
import { toError } from "../../connection/index.js";
import { type HeaderList, HeaderMap, hasNoContent } from "../../handshake/index.js";
import { type HttpRequest, type HttpResponse, NodeHttpRequest } from "../../server/index.js";
import { isFault, ProxyError, refusedByHook } from "../errors.js";
import { failureAnswer } from "../own-answer.js";
import { type Asking, askRequest, hookedRequest, hookedResponse } from "../phases.js";
import type { ProxyState } from "../proxy-state.js";
import type { AnsweredRequest, RoutedRequest } from "../routed-request.js";
import type { Upstream } from "../upstream/upstream.js";
import { DialFailure, tryUpstreams } from "../upstream-connection.js";
import { noAnswer } from "./answer-failure.js";
import { type BegunAnswer, PassedBody } from "./passed-body.js";
import { PlainPassage } from "./plain-passage.js";
import { BodyFailure, type Outgoing, UpstreamRequests } from "./upstream-request.js";

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
    const { settings, plainRequests } = this.#state;
    const passage = new PlainPassage(request, routed, settings.hooks, plainRequests);
    const stop = passage.watchClient();
    try {
      return await this.#forward(passage);
    } catch (thrown) {
      const error = toError(thrown);
      if (passage.cutBy === undefined && isFault(error)) passage.exchange.report(error);
      return passage.answer(failureAnswer(error), error);
    } finally {
      // From here on whoever sends the answer sees to it.
      stop();
    }
  };

  #route(request: HttpRequest): RoutedRequest | AnsweredRequest {
    const { method, url, headers, remoteAddress, isSecure } = request;
    const host = headers.get("host") ?? "";
    const peer = request instanceof NodeHttpRequest ? request : { remoteAddress, isSecure };
    return this.#state.route({ kind: "http", method, url, host, headers, peer });
  }

  async #forward(passage: PlainPassage): Promise<HttpResponse> {
    const refused = await askRequest(passage.asking);
    if (refused !== undefined) return passage.answer(refused, refusedByHook(refused.status));
    const reached = await this.#reach(passage);
    try {
      return await this.#answerWith(passage, reached);
    } catch (error) {
      reached.place.release();
      reached.message.destroy();
      throw error;
    }
  }

  async #answerWith(passage: PlainPassage, begun: BegunAnswer): Promise<HttpResponse> {
    const { request, routed, exchange, asking } = passage;
    const { message } = begun;
    const status = checkedStatus(message);
    const headers = routed.route.responseHeaders(HeaderMap.fromFlat(message.rawHeaders));
    const told = await hookedResponse(asking, status, headers);
    asking.gone.throwIfAborted();
    exchange.status = status;
    const body = new PassedBody(begun, passage);
    if (request.method !== "HEAD" && !hasNoContent(status)) return { status, headers: told, body };
    body.skip();
    return { status, headers: told };
  }

  #reach({ request, routed, asking }: PlainPassage): Promise<BegunAnswer> {
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
        throw noAnswer(error, place.upstream);
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
