// Opens a WebSocket whose bytes are relayed: the upstream answers the client's own key, and what the two agree on is between
// them.

import {
  encodeResponseHead,
  HandshakeError,
  type HeaderList,
  type ResponseHead,
  type UpgradeOffer,
  validateUpgradeResponse,
} from "../../handshake/index.js";
import { sha1, systemClock } from "../../host/index.js";
import type { Transport } from "../../transport/index.js";
import { ProxyError } from "../errors.js";
import type { OpeningHost } from "../opening-host.js";
import { hookedRequest, hookedResponse } from "../phases.js";
import { withoutLength } from "../response-body.js";
import { passResponse } from "../response-pass.js";
import { sharedExtensions } from "../tap/shared-extensions.js";
import type { Reached } from "../upstream-connection.js";
import { askUpstream, requestBytes } from "../upstream-exchange.js";
import { Relay } from "./relay.js";

const upgradeHeaders: HeaderList = [
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
];

export async function openRelayed(host: OpeningHost, reached: Reached): Promise<void> {
  const { arrival } = host;
  const { client, offer, routed } = arrival;
  const { upstream } = reached.place;
  try {
    const { exchange, route, path } = routed;
    const headers = route.requestHeaders(upstream, arrival.head.headers, offer.host, exchange.identity);
    const target = route.targetAt(upstream, offer.resourceName, path);
    const head = await hookedRequest(host.asking, { target, headers: [...headers, ...upgradeHeaders] });
    const answer = await askUpstream(host, reached, requestBytes(head));
    if (!isAgreed(answer.head, offer, upstream.url)) {
      await passResponse(host, reached.transport, answer);
      return;
    }
    const told = await hookedResponse(host.asking, 101, route.responseHeaders(answer.head.headers));
    host.gone.throwIfAborted();
    // RFC 9110 §8.6: no Content-Length with a status of 1xx.
    const answered = [...withoutLength(told), ...upgradeHeaders];
    client.write(encodeResponseHead(101, "Switching Protocols", answered));
    exchange.status = 101;
    exchange.extensions = sharedExtensions(answer.head.headers.get("sec-websocket-extensions"));
    startRelay(host, reached.transport, host.watch.early, answer.early);
  } catch (error) {
    reached.transport.destroy();
    throw error;
  }
}

/** Whether the upstream switches protocols. Throws `ProxyError` for an answer that only looks like it. */
export function isAgreed(head: ResponseHead, offer: UpgradeOffer, url: string): boolean {
  const extensionNames = offer.extensions.map(({ name }) => name);
  const verdict = validateUpgradeResponse(
    head,
    { key: offer.key, protocols: offer.protocols, extensionNames },
    sha1,
  );
  if (!(verdict instanceof HandshakeError)) return true;
  if (verdict.code === "UNEXPECTED_STATUS") return false;
  throw new ProxyError("UPSTREAM_INVALID", `upstream ${url}: ${verdict.message}`, { cause: verdict });
}

function startRelay(
  host: OpeningHost,
  upstream: Transport,
  earlyUp: Uint8Array | undefined,
  earlyDown: Uint8Array | undefined,
): void {
  const { tunnel, arrival } = host;
  const { client, routed } = arrival;
  const relay = new Relay({
    client,
    upstream,
    settings: routed.route.settings,
    clock: systemClock,
    ended: () => tunnel.ended(errorOf(relay), relay.passed),
  });
  tunnel.carried(relay);
  tunnel.opened();
  relay.start(earlyUp, earlyDown);
}

function errorOf({ error, isIdle }: Relay): Error | undefined {
  return isIdle ? new ProxyError("IDLE_TIMED_OUT", "no byte passed for too long (idleTimeoutMs)") : error;
}
