// One request head to an upstream and the head of its answer, through the hooks.

import { exchangeHeads, type HeadAnswer, OpeningDeadline } from "../client/index.js";
import {
  encodeRequestHead,
  type HeaderList,
  HeaderMap,
  headerListOf,
  isHandshakeHeader,
  type ResponseHead,
} from "../handshake/index.js";
import type { OpeningHost } from "./upgrade-tunnel.js";
import { answerFailure, hookFailed, type Reached } from "./upstream-connection.js";

export interface OutgoingHead {
  readonly target: string;
  readonly headers: HeaderList;
}

/** What the request becomes by the word of the hook. What belongs to the handshake stays. */
export async function hookedRequest(host: OpeningHost, head: OutgoingHead): Promise<OutgoingHead> {
  const { hooks } = host.state.settings;
  if (hooks.upstreamRequest === undefined) return head;
  const { exchange } = host.arrival.routed;
  try {
    const shown = { method: exchange.method, target: head.target, headers: new HeaderMap(head.headers) };
    const answer = await hooks.upstreamRequest(exchange, shown);
    return {
      target: answer?.target ?? head.target,
      headers:
        answer?.headers === undefined
          ? head.headers
          : withHandshake(headerListOf(answer.headers), head.headers),
    };
  } catch (cause) {
    throw hookFailed("upstreamRequest", cause);
  }
}

/** The same for what goes to the client. */
export async function hookedResponse(
  host: OpeningHost,
  { status }: ResponseHead,
  headers: HeaderList,
): Promise<HeaderList> {
  const { hooks } = host.state.settings;
  if (hooks.upstreamResponse === undefined) return headers;
  try {
    const shown = { status, headers: new HeaderMap(headers) };
    const answer = await hooks.upstreamResponse(host.arrival.routed.exchange, shown);
    return answer?.headers === undefined ? headers : withHandshake(headerListOf(answer.headers), headers);
  } catch (cause) {
    throw hookFailed("upstreamResponse", cause);
  }
}

function withHandshake(given: HeaderList, before: HeaderList): HeaderList {
  const kept = before.filter(([name]) => isHandshakeHeader(name));
  return [...kept, ...given.filter(([name]) => !isHandshakeHeader(name))];
}

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
    exchange.tally?.handshakes.observe(performance.now() - startedAt);
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
