// Opens a WebSocket whose messages are looked at: the proxy is the upstream's client and the client's server, and what each
// agrees to is its own.

import { acceptUpgrade, ClientOpening } from "../../endpoint/index.js";
import { HandshakeError, type HeaderList, HeaderMap, isHandshakeHeader } from "../../handshake/index.js";
import { randomBlock, sha1 } from "../../host/index.js";
import { ProxyError } from "../errors.js";
import type { OpeningHost } from "../opening-host.js";
import { hookedRequest, hookedResponse, hookFailed } from "../phases.js";
import { passResponse } from "../response-pass.js";
import type { Reached } from "../upstream-connection.js";
import { askUpstream } from "../upstream-exchange.js";
import { Bridge } from "./bridge.js";

export async function openInspected(host: OpeningHost, reached: Reached): Promise<void> {
  const { client, offer, routed } = host.arrival;
  const { exchange, route } = routed;
  try {
    const opening = await upstreamOpening(host, reached);
    const answer = await askUpstream(host, reached, opening.bytes);
    const agreement = opening.judge(answer.head);
    if (agreement instanceof HandshakeError) {
      if (agreement.code === "UNEXPECTED_STATUS") {
        await passResponse(host, reached.transport, answer);
        return;
      }
      const text = `upstream ${reached.place.upstream.url}: ${agreement.message}`;
      throw new ProxyError("UPSTREAM_INVALID", text, { cause: agreement });
    }
    const told = await hookedResponse(host.asking, 101, route.responseHeaders(answer.head.headers));
    const { clientCompression: compression } = route.settings.inspect;
    const headers = withoutHandshake(told);
    const terms = { protocols: [], compression, sha1 };
    const accepted = acceptUpgrade(offer, { protocol: agreement.protocol, headers }, terms);
    host.gone.throwIfAborted();
    client.write(accepted.response);
    exchange.status = 101;
    startBridge(host, reached, opening, { ...answer, accepted, agreement });
  } catch (error) {
    reached.transport.destroy();
    throw error;
  }
}

async function upstreamOpening(host: OpeningHost, { place }: Reached): Promise<ClientOpening> {
  const { head, offer, routed } = host.arrival;
  const { exchange, route, path } = routed;
  const { upstream } = place;
  const given = route.requestHeaders(upstream, head.headers, offer.host, exchange.identity);
  const target = route.targetAt(upstream, offer.resourceName, path);
  const hooked = await hookedRequest(host.asking, { target, headers: given });
  try {
    return new ClientOpening({
      host: hooked.headers.find(([name]) => name.toLowerCase() === "host")?.[1] ?? upstream.hostHeader,
      target: hooked.target,
      key: randomBlock(16),
      protocols: offer.protocols,
      origin: undefined,
      headers: withoutHandshake(hooked.headers),
      compression: route.settings.inspect.upstreamCompression,
      sha1,
    });
  } catch (cause) {
    throw hookFailed("upstreamRequest", cause);
  }
}

function withoutHandshake(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => !isHandshakeHeader(name));
}

type ServerSide = ReturnType<typeof acceptUpgrade>;
type ClientSide = Exclude<ReturnType<ClientOpening["judge"]>, HandshakeError>;

interface Agreed {
  readonly early: Uint8Array | undefined;
  readonly accepted: ServerSide;
  readonly agreement: ClientSide;
}

function startBridge(
  host: OpeningHost,
  { transport, place }: Reached,
  opening: ClientOpening,
  { early, accepted, agreement }: Agreed,
): void {
  const { arrival, tunnel, watch } = host;
  const { client, head, offer, routed } = arrival;
  const { exchange, route } = routed;
  const { message } = host.asking.hooks;
  const settings = route.settings.inspect.connection;
  const bridge = new Bridge({
    client: {
      transport: client,
      role: "server",
      settings,
      codec: accepted.codec,
      protocol: accepted.protocol,
      extensions: accepted.extensions,
      request: {
        method: "GET",
        url: offer.resourceName,
        pathname: offer.path,
        headers: head.headers,
        remoteAddress: exchange.peerAddress,
        isSecure: exchange.isSecure,
      },
      early: watch.early,
    },
    upstream: {
      transport,
      role: "client",
      settings,
      codec: agreement.codec,
      protocol: agreement.protocol,
      extensions: agreement.extensions,
      request: {
        method: "GET",
        url: place.upstream.url,
        pathname: opening.request.target.split("?", 1)[0],
        headers: new HeaderMap(opening.request.headers),
        remoteAddress: transport.remoteAddress,
        isSecure: transport.isSecure,
      },
      early,
    },
    idleTimeoutMs: route.settings.idleTimeoutMs,
    look: message && ((passing) => message(exchange, passing)),
    ended: (error, passed) => tunnel.ended(error, passed),
    failed: (error, side) => exchange.report(error, side),
  });
  tunnel.carried(bridge);
  tunnel.opened();
  bridge.start();
}
