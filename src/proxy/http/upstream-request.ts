// One plain request to one upstream, and the beginning of its answer. Node's HTTP client does the protocol.

import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { toError } from "../../connection/index.js";
import type { HeaderList } from "../../handshake/index.js";
import { ProxyError } from "../errors.js";
import type { RoutedRequest } from "../routed-request.js";
import type { Upstream } from "../upstream/upstream.js";
import { DialFailure } from "../upstream-connection.js";
import { UpstreamAgent } from "./upstream-agent.js";

/** What the upstream is asked for. */
export interface Outgoing {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: AsyncIterable<Uint8Array> | undefined;
  /** How much of the body has been sent. */
  readonly sent: { bytes: number };
}

/** The client has not sent what it was to send, which is no failure of the upstream's. */
export class BodyFailure extends Error {}

/** A kept connection had ended, or ended, before a byte of the answer came. */
class StaleConnection extends Error {}

/** Methods that may be asked for again when nobody knows whether the first request was heard (RFC 9110 §9.2.2). */
const repeatable = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

export class UpstreamRequests {
  readonly #agents = new WeakMap<Upstream, UpstreamAgent>();

  /**
   * Sends the request and waits for the head of the answer. Rejects with `DialFailure` when no connection could be made, with
   * `BodyFailure`, and with whatever else went wrong. RFC 9110 §9.2.2: a request on a kept connection that turns out to have ended
   * is sent again on a new one, where it may be.
   */
  async send(
    upstream: Upstream,
    outgoing: Outgoing,
    routed: RoutedRequest,
    gone: AbortSignal,
  ): Promise<IncomingMessage> {
    try {
      return await exchange(this.#agentOf(upstream, routed), upstream, outgoing, routed, gone);
    } catch (error) {
      const isRepeatable = outgoing.body === undefined && repeatable.has(outgoing.method);
      if (!(error instanceof StaleConnection)) throw error;
      if (!isRepeatable) throw error.cause;
      return await exchange(newAgent(upstream, routed), upstream, outgoing, routed, gone);
    }
  }

  #agentOf(upstream: Upstream, routed: RoutedRequest): UpstreamAgent {
    if (routed.preamble !== undefined) return newAgent(upstream, routed);
    const { connectTimeoutMs } = routed.route.settings;
    let agent = this.#agents.get(upstream);
    // An upstream outlives a reload, which may have changed how long it is waited for.
    if (agent === undefined || agent.connectTimeoutMs !== connectTimeoutMs) {
      agent = new UpstreamAgent(upstream, connectTimeoutMs, true);
      this.#agents.set(upstream, agent);
    }
    return agent;
  }
}

/** For one request: with a preamble, which speaks for one client, no connection is kept for another. */
function newAgent(upstream: Upstream, { route, preamble }: RoutedRequest): UpstreamAgent {
  return new UpstreamAgent(upstream, route.settings.connectTimeoutMs, false, preamble);
}

function exchange(
  agent: UpstreamAgent,
  upstream: Upstream,
  outgoing: Outgoing,
  { route }: RoutedRequest,
  gone: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { handshakeTimeoutMs, idleTimeoutMs } = route.settings;
    const request = httpRequest({
      agent,
      method: outgoing.method,
      path: outgoing.target,
      headers: outgoing.headers.flat() as unknown as Record<string, string>,
      signal: gone,
      // Until the request has left, somebody has to do something from time to time.
      timeout: handshakeTimeoutMs,
    });
    let deadline: NodeJS.Timeout | undefined;
    const onSilence = (): void => void request.destroy(tooLate(request, upstream));
    request.on("error", (error) => reject(orStale(error, request)));
    request.once("close", () => clearTimeout(deadline));
    request.once("finish", () => {
      deadline = setTimeout(() => request.destroy(answerTooLate(upstream)), handshakeTimeoutMs);
    });
    request.once("response", (message) => {
      clearTimeout(deadline);
      request.off("timeout", onSilence);
      // What is wrong with the rest is told there. Without a length, Node takes a reset for the end of the body.
      message.on("error", () => {});
      request.on("error", (error) => {
        if (!message.complete) message.destroy(error);
      });
      request.setTimeout(idleTimeoutMs === Infinity ? 0 : idleTimeoutMs, () =>
        message.destroy(idle(upstream)),
      );
      resolve(message);
    });
    request.once("timeout", onSilence);
    request.once("upgrade", (_message, stream) => {
      stream.destroy();
      const text = `upstream ${upstream.url} switched protocols without being asked`;
      reject(new ProxyError("UPSTREAM_INVALID", text));
    });
    request.once("socket", (socket) => {
      // A dialled stream does not flow yet.
      socket.resume();
      void writeBody(outgoing, request).catch((error: unknown) => request.destroy(bodyFailed(error)));
    });
  });
}

function idle({ url }: Upstream): ProxyError {
  const text = `upstream ${url} sent no byte of its answer for too long (idleTimeoutMs)`;
  return new ProxyError("IDLE_TIMED_OUT", text);
}

function answerTooLate({ url }: Upstream): ProxyError {
  const text = `upstream ${url} did not answer in time (handshakeTimeoutMs)`;
  return new ProxyError("UPSTREAM_TIMED_OUT", text);
}

/** The error, or that the connection was one that had ended. */
function orStale(error: NodeJS.ErrnoException, request: ClientRequest): Error {
  const isCut = error.code === "ECONNRESET" || error.code === "EPIPE";
  const isOurs = error instanceof DialFailure || error instanceof BodyFailure || error instanceof ProxyError;
  return request.reusedSocket && isCut && !isOurs
    ? new StaleConnection(error.message, { cause: error })
    : error;
}

function tooLate(request: ClientRequest, upstream: Upstream): Error {
  if (!request.writableEnded && !request.writableNeedDrain)
    return bodyFailed(new Error("it paused for too long (handshakeTimeoutMs)"));
  return answerTooLate(upstream);
}

async function writeBody({ body, sent }: Outgoing, request: ClientRequest): Promise<void> {
  for await (const chunk of body ?? []) {
    if (request.destroyed) return;
    sent.bytes += chunk.length;
    if (!request.write(chunk)) await drained(request);
  }
  request.end();
}

function drained(request: ClientRequest): Promise<void> {
  return new Promise<void>((resolve) => {
    const settle = (): void => {
      request.off("drain", settle).off("close", settle);
      resolve();
    };
    request.on("drain", settle).on("close", settle);
  });
}

function bodyFailed(cause: unknown): BodyFailure {
  return new BodyFailure(`the client's request body failed: ${toError(cause).message}`, { cause });
}
