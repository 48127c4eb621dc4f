// Plain requests: to an upstream, and its answer back. Node's HTTP client does the protocol towards the upstream, the server
// room towards the client; bodies pass as they come.

import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { toError } from "../../connection/index.js";
import { type HeaderList, HeaderMap, headerListOf, reasonOf } from "../../handshake/index.js";
import { type HttpRequest, type HttpResponse, NodeHttpRequest } from "../../server/index.js";
import { ProxyError } from "../errors.js";
import type { ProxyState, RoutedRequest } from "../proxy-state.js";
import type { Upstream } from "../upstream/upstream.js";
import type { Place } from "../upstream/upstream-group.js";
import { hookFailed } from "../upstream-connection.js";
import { PassedBody } from "./passed-body.js";
import { DialFailure, UpstreamAgent } from "./upstream-agent.js";

/** What the upstream's connection is asked for. */
interface Outgoing {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: AsyncIterable<Uint8Array> | undefined;
  /** How much of the body has been sent. */
  readonly sent: { bytes: number };
}

/** An answer that has begun to come. */
interface Reached {
  readonly place: Place;
  readonly message: IncomingMessage;
  readonly sent: { readonly bytes: number };
}

export class HttpForwarder {
  readonly #state: ProxyState;
  readonly #agents = new WeakMap<Upstream, UpstreamAgent>();

  constructor(state: ProxyState) {
    this.#state = state;
  }

  /** Answers every request. Never rejects. */
  readonly answer = async (request: HttpRequest): Promise<HttpResponse> => {
    let routed: RoutedRequest;
    try {
      routed = this.#route(request);
    } catch (thrown) {
      return refusal(thrown);
    }
    const { exchange } = routed;
    try {
      return await this.#forward(request, routed);
    } catch (thrown) {
      const error = toError(thrown);
      const answer = refusal(error);
      exchange.status = answer.status ?? 502;
      exchange.report(error);
      exchange.end(error);
      return answer;
    }
  };

  #route(request: HttpRequest): RoutedRequest {
    const { method, url, headers, remoteAddress, isSecure } = request;
    const host = headers.get("host") ?? "";
    const peer = request instanceof NodeHttpRequest ? request : { remoteAddress, isSecure };
    return this.#state.route({ kind: "http", method, url, host, headers, peer });
  }

  async #forward(request: HttpRequest, routed: RoutedRequest): Promise<HttpResponse> {
    const { exchange } = routed;
    const refused = await this.#ask(routed);
    if (refused !== undefined) {
      exchange.status = refused.status ?? 403;
      exchange.end(new ProxyError("REFUSED", "the hook request refused it"));
      return refused;
    }
    const reached = await this.#reach(request, routed);
    try {
      return await this.#answerWith(request, routed, reached);
    } catch (error) {
      reached.place.release();
      reached.message.destroy();
      throw error;
    }
  }

  async #answerWith(
    request: HttpRequest,
    routed: RoutedRequest,
    { place, message, sent }: Reached,
  ): Promise<HttpResponse> {
    const { exchange, route } = routed;
    const headers = route.responseHeaders(HeaderMap.fromFlat(message.rawHeaders));
    const told = await this.#hookedResponse(routed, message, headers);
    const status = message.statusCode ?? 502;
    exchange.status = status;
    const body = new PassedBody(message, (bytesSent) => {
      place.release();
      exchange.end(message.errored ?? undefined, { bytesReceived: sent.bytes, bytesSent });
    });
    if (request.method !== "HEAD" && ![204, 205, 304].includes(status))
      return { status, headers: told, body };
    message.resume();
    body.settle();
    return { status, headers: told };
  }

  async #ask({ exchange }: RoutedRequest): Promise<HttpResponse | undefined> {
    try {
      return (await this.#state.settings.hooks.request?.(exchange)) ?? undefined;
    } catch (cause) {
      throw hookFailed("request", cause);
    }
  }

  async #reach(request: HttpRequest, routed: RoutedRequest): Promise<Reached> {
    const { exchange, route } = routed;
    const tried = new Set<Upstream>();
    const { clientAddress, headers } = exchange;
    for (;;) {
      const place = await route.group.acquire({ clientAddress, headers, tried }, neverAborted);
      const { upstream } = place;
      tried.add(upstream);
      exchange.upstream = upstream.url;
      try {
        await this.#tellSelected(exchange);
        const outgoing = await this.#outgoing(request, routed, upstream);
        const message = await this.#send(upstream, outgoing, routed);
        place.succeeded();
        return { place, message, sent: outgoing.sent };
      } catch (error) {
        const isHook = error instanceof ProxyError && error.code === "HOOK_FAILED";
        if (!isHook && !(error instanceof BodyFailure))
          place.failed(error instanceof DialFailure ? error.cause : error);
        place.release();
        if (isHook) throw error;
        const isLast = tried.size > route.settings.retries || !route.group.hasOther(tried);
        const failure = explain(error, upstream);
        if (!(error instanceof DialFailure) || isLast) throw failure;
        exchange.report(failure);
      }
    }
  }

  async #tellSelected(exchange: RoutedRequest["exchange"]): Promise<void> {
    try {
      await this.#state.settings.hooks.upstreamSelected?.(exchange);
    } catch (cause) {
      throw hookFailed("upstreamSelected", cause);
    }
  }

  async #outgoing(request: HttpRequest, routed: RoutedRequest, upstream: Upstream): Promise<Outgoing> {
    const { exchange, route, path } = routed;
    const given = route.requestHeaders(upstream, request.headers, exchange.host, exchange.identity);
    // Who waits to be told to go on has been answered here.
    const kept = given.filter(([name]) => name.toLowerCase() !== "expect");
    const isChunked = request.headers.has("transfer-encoding");
    const hasBody = isChunked || Number(request.headers.get("content-length") ?? 0) > 0;
    const framing: HeaderList = isChunked ? [["Transfer-Encoding", "chunked"]] : [];
    const head = { target: route.targetAt(upstream, request.url, path), headers: [...kept, ...framing] };
    const hooked = await this.#hookedRequest(routed, request.method, head);
    return {
      method: request.method,
      ...hooked,
      body: hasBody ? request.body : undefined,
      sent: { bytes: 0 },
    };
  }

  async #hookedRequest(
    { exchange }: RoutedRequest,
    method: string,
    head: { target: string; headers: HeaderList },
  ): Promise<{ target: string; headers: HeaderList }> {
    const { upstreamRequest } = this.#state.settings.hooks;
    if (upstreamRequest === undefined) return head;
    try {
      const shown = { method, target: head.target, headers: new HeaderMap(head.headers) };
      const answer = await upstreamRequest(exchange, shown);
      const headers = answer?.headers === undefined ? head.headers : headerListOf(answer.headers);
      return { target: answer?.target ?? head.target, headers };
    } catch (cause) {
      throw hookFailed("upstreamRequest", cause);
    }
  }

  async #hookedResponse(
    { exchange }: RoutedRequest,
    message: IncomingMessage,
    headers: HeaderList,
  ): Promise<HeaderList> {
    const { upstreamResponse } = this.#state.settings.hooks;
    if (upstreamResponse === undefined) return headers;
    try {
      const answer = await upstreamResponse(exchange, {
        status: message.statusCode ?? 0,
        headers: new HeaderMap(headers),
      });
      return answer?.headers === undefined ? headers : headerListOf(answer.headers);
    } catch (cause) {
      message.destroy();
      throw hookFailed("upstreamResponse", cause);
    }
  }

  #agentOf(upstream: Upstream, connectTimeoutMs: number, preamble: Uint8Array | undefined): UpstreamAgent {
    if (preamble !== undefined) return new UpstreamAgent(upstream, connectTimeoutMs, preamble);
    let agent = this.#agents.get(upstream);
    // An upstream outlives a reload, which may have changed how long it is waited for.
    if (agent === undefined || agent.connectTimeoutMs !== connectTimeoutMs) {
      agent = new UpstreamAgent(upstream, connectTimeoutMs);
      this.#agents.set(upstream, agent);
    }
    return agent;
  }

  #send(
    upstream: Upstream,
    outgoing: Outgoing,
    { route, preamble }: RoutedRequest,
  ): Promise<IncomingMessage> {
    const { connectTimeoutMs, handshakeTimeoutMs } = route.settings;
    return new Promise((resolve, reject) => {
      const request = httpRequest({
        agent: this.#agentOf(upstream, connectTimeoutMs, preamble),
        method: outgoing.method,
        path: outgoing.target,
        headers: outgoing.headers.flat() as unknown as Record<string, string>,
        timeout: handshakeTimeoutMs,
      });
      request.on("error", reject);
      request.once("timeout", () => {
        if (!request.writableEnded && !request.writableNeedDrain) {
          request.destroy(bodyFailed(new Error("it paused for too long (handshakeTimeoutMs)")));
          return;
        }
        const text = `upstream ${upstream.url} paused for too long (handshakeTimeoutMs)`;
        request.destroy(new ProxyError("UPSTREAM_TIMED_OUT", text));
      });
      request.once("response", (message) => {
        // What is wrong with the rest is told there.
        message.on("error", () => {});
        resolve(message);
      });
      request.once("upgrade", (_message, stream) => {
        stream.destroy();
        reject(
          new ProxyError(
            "UPSTREAM_INVALID",
            `upstream ${upstream.url} switched protocols without being asked`,
          ),
        );
      });
      request.once("socket", (socket) => {
        // A dialled stream does not flow yet.
        socket.resume();
        void writeBody(outgoing, request).catch((error: unknown) => request.destroy(bodyFailed(error)));
      });
    });
  }
}

const neverAborted = new AbortController().signal;

async function writeBody({ body, sent }: Outgoing, request: ClientRequest): Promise<void> {
  for await (const chunk of body ?? []) {
    if (request.destroyed) return;
    sent.bytes += chunk.length;
    if (!request.write(chunk)) await drained(request);
  }
  request.end();
}

function drained(request: ClientRequest): Promise<unknown> {
  return new Promise((resolve) => request.once("drain", resolve).once("close", resolve));
}

/** The client has not sent what it was to send, which is no failure of the upstream's. */
class BodyFailure extends Error {}

function bodyFailed(cause: unknown): BodyFailure {
  return new BodyFailure(`the client's request body failed: ${toError(cause).message}`, { cause });
}

function explain(cause: unknown, { url }: Upstream): ProxyError {
  if (cause instanceof ProxyError) return cause;
  if (cause instanceof DialFailure) {
    const reason = toError(cause.cause).message;
    return new ProxyError("UPSTREAM_UNREACHABLE", `upstream ${url} cannot be reached: ${reason}`, { cause });
  }
  return new ProxyError("UPSTREAM_INVALID", `upstream ${url}: ${toError(cause).message}`, { cause });
}

function refusal(thrown: unknown): HttpResponse {
  const status = thrown instanceof ProxyError ? thrown.status : 502;
  return { status, body: `${reasonOf(status)}\n` };
}
