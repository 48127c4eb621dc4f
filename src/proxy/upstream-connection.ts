// A connected transport to one of a route's upstreams, with its place; others are tried while nothing has been sent.

import { dial, OpeningDeadline } from "../client/index.js";
import { toError } from "../connection/index.js";
import { HandshakeError } from "../handshake/index.js";
import { type Transport, TransportError } from "../transport/index.js";
import { ProxyError } from "./errors.js";
import { type Asking, tellSelected } from "./phases.js";
import type { RoutedRequest } from "./routed-request.js";
import type { Upstream } from "./upstream/upstream.js";
import type { Place } from "./upstream/upstream-group.js";

export interface Reached {
  readonly place: Place;
  readonly transport: Transport;
}

/** No connection could be made, for the reason in `cause`: nothing has been sent, and another upstream may be tried. */
export class DialFailure extends Error {}

/** A connection to one of the route's upstreams. Rejects as `tryUpstreams`. */
export function reachUpstream(routed: RoutedRequest, asking: Asking): Promise<Reached> {
  const { connectTimeoutMs } = routed.route.settings;
  return tryUpstreams(routed, asking, async (place) => ({
    place,
    transport: await connectTo(place.upstream, routed.preamble, connectTimeoutMs, asking.gone),
  }));
}

/**
 * Asks one upstream after the other for as long as `step` rejects with `DialFailure`. Rejects with `ProxyError` when the last one has
 * failed so, with the reason of `asking.gone`, and with whatever else a hook or the step rejects with; the place is released then.
 */
export async function tryUpstreams<Result>(
  { exchange, route }: RoutedRequest,
  asking: Asking,
  step: (place: Place) => Promise<Result>,
): Promise<Result> {
  const { gone } = asking;
  const tried = new Set<Upstream>();
  const { clientAddress, headers } = exchange;
  for (;;) {
    const place = await route.group.acquire({ clientAddress, headers, tried }, gone);
    const { upstream } = place;
    tried.add(upstream);
    exchange.upstream = upstream.url;
    try {
      await tellSelected(asking);
      return await step(place);
    } catch (error) {
      if (error instanceof DialFailure && !gone.aborted) place.failed(error.cause);
      place.release();
      if (gone.aborted) throw toError(gone.reason);
      if (!(error instanceof DialFailure)) throw error;
      const failure = unreached(error.cause, upstream);
      if (tried.size > route.settings.retries || !route.group.hasOther(tried)) throw failure;
      exchange.report(failure);
    }
  }
}

/** Rejects with `DialFailure`. */
export async function connectTo(
  upstream: Upstream,
  preamble: Uint8Array | undefined,
  timeoutMs: number,
  gone?: AbortSignal,
): Promise<Transport> {
  const deadline = new OpeningDeadline(timeoutMs, gone);
  try {
    return await dial(upstream.address.target, { ...upstream.dial, preamble }, deadline.signal);
  } catch (cause) {
    throw new DialFailure("the upstream cannot be reached", { cause });
  } finally {
    deadline.clear();
  }
}

/** What it means that no connection could be made. */
function unreached(cause: unknown, { url }: Upstream): ProxyError {
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
