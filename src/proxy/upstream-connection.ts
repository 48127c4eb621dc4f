// A connected transport to one of a route's upstreams, with its place; others are tried while nothing has been sent.

import { dial, OpeningDeadline } from "../client/index.js";
import { toError } from "../connection/index.js";
import { HandshakeError } from "../handshake/index.js";
import { type Transport, TransportError } from "../transport/index.js";
import { ProxyError } from "./errors.js";
import { type Asking, tellSelected } from "./phases.js";
import type { RoutedRequest } from "./proxy-state.js";
import type { Upstream } from "./upstream/upstream.js";
import type { Place } from "./upstream/upstream-group.js";

export interface Reached {
  readonly place: Place;
  readonly transport: Transport;
}

/** Rejects with `ProxyError`, or with what a hook throws. `gone` ends the attempt: the client is there no more. */
export async function reachUpstream(
  { exchange, route, preamble }: RoutedRequest,
  asking: Asking,
): Promise<Reached> {
  const { gone } = asking;
  const tried = new Set<Upstream>();
  const { clientAddress, headers } = exchange;
  for (;;) {
    const place = await route.group.acquire({ clientAddress, headers, tried }, gone);
    const { upstream } = place;
    tried.add(upstream);
    try {
      exchange.upstream = upstream.url;
      await tellSelected(asking);
    } catch (error) {
      place.release();
      throw error;
    }
    try {
      return { place, transport: await connectTo(upstream, preamble, route.settings.connectTimeoutMs, gone) };
    } catch (error) {
      const failure = explain(error, upstream, gone);
      if (!gone.aborted) place.failed(error);
      place.release();
      const isLast = tried.size > route.settings.retries || !route.group.hasOther(tried);
      if (isLast || gone.aborted) throw failure;
      exchange.report(failure);
    }
  }
}

async function connectTo(
  upstream: Upstream,
  preamble: Uint8Array | undefined,
  timeoutMs: number,
  gone: AbortSignal,
): Promise<Transport> {
  const deadline = new OpeningDeadline(timeoutMs, gone);
  try {
    return await dial(upstream.address.target, { ...upstream.dial, preamble }, deadline.signal);
  } finally {
    deadline.clear();
  }
}

function explain(cause: unknown, upstream: Upstream, gone: AbortSignal): Error {
  return gone.aborted ? toError(gone.reason) : unreached(cause, upstream);
}

/** What it means that no connection could be made. */
export function unreached(cause: unknown, { url }: Upstream): ProxyError {
  const isLate =
    (cause instanceof HandshakeError && cause.code === "HANDSHAKE_TIMED_OUT") ||
    (cause instanceof TransportError && cause.code === "TIMED_OUT");
  const code = isLate ? "UPSTREAM_TIMED_OUT" : "UPSTREAM_UNREACHABLE";
  const reason = isLate ? "was not connected in time (connectTimeoutMs)" : `: ${toError(cause).message}`;
  return new ProxyError(code, `upstream ${url} ${isLate ? reason : `cannot be reached${reason}`}`, { cause });
}

/** What an upstream's failure to answer means for the client. */
export function answerFailure(cause: unknown, url: string | undefined, gone: AbortSignal): Error {
  if (gone.aborted) return toError(gone.reason);
  const isLate = cause instanceof HandshakeError && cause.code === "HANDSHAKE_TIMED_OUT";
  if (isLate) {
    const text = `upstream ${url} did not answer in time (handshakeTimeoutMs)`;
    return new ProxyError("UPSTREAM_TIMED_OUT", text, { cause });
  }
  return new ProxyError("UPSTREAM_INVALID", `upstream ${url}: ${toError(cause).message}`, { cause });
}
