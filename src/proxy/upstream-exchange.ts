// One request head to an upstream, and the head of its answer.

import { exchangeHeads, type HeadAnswer, OpeningDeadline } from "../client/index.js";
import { encodeRequestHead } from "../handshake/index.js";
import type { OpeningHost } from "./opening-host.js";
import { hookFailed, type OutgoingHead } from "./phases.js";
import { answerFailure, type Reached } from "./upstream-connection.js";

/** Sends the head and reads the answer's. The upstream's fault is noted, and comes as `ProxyError`. */
export async function askUpstream(
  host: OpeningHost,
  { place, transport }: Reached,
  bytes: Uint8Array,
): Promise<HeadAnswer> {
  const { url } = place.upstream;
  const { exchange, route } = host.arrival.routed;
  const startedAt = performance.now();
  const deadline = new OpeningDeadline(route.settings.handshakeTimeoutMs, host.gone);
  try {
    const answer = await exchangeHeads(transport, bytes, deadline.signal, "the upstream");
    place.succeeded();
    exchange.tally.handshakes.observe(performance.now() - startedAt);
    return answer;
  } catch (cause) {
    if (!host.gone.aborted) place.failed(cause);
    throw answerFailure(cause, url, host.gone);
  } finally {
    deadline.clear();
  }
}

/** Throws what `hookFailed` makes of a head that a hook has made impossible to send. */
export function requestBytes({ target, headers }: OutgoingHead): Uint8Array {
  try {
    return encodeRequestHead("GET", target, headers);
  } catch (cause) {
    throw hookFailed("upstreamRequest", cause);
  }
}
