// A tunnel through an HTTP proxy (RFC 9110 §9.3.6).

import {
  basicAuthorization,
  encodeRequestHead,
  HandshakeError,
  quote,
  type WebSocketTarget,
} from "../handshake/index.js";
import { SocketTransport, type Transport, toStream } from "../transport/index.js";
import { exchangeHeads } from "./head-exchange.js";

/** Makes of a connection to the proxy one to the target. Rejects with `HandshakeError` `PROXY_REFUSED`. */
export async function openTunnel(
  dialled: Transport,
  target: WebSocketTarget,
  proxy: URL,
  deadline: AbortSignal,
): Promise<Transport> {
  const host = target.hostname.includes(":") ? `[${target.hostname}]` : target.hostname;
  const authority = `${host}:${target.port}`;
  const headers: [string, string][] = [["Host", authority]];
  const authorization = basicAuthorization(proxy.username, proxy.password);
  if (authorization !== undefined) headers.push(["Proxy-Authorization", authorization]);
  // What comes behind the head are the target's first bytes: only a stream can take them back.
  const transport = new SocketTransport(toStream(dialled));
  const { head, early } = await exchangeHeads(
    transport,
    encodeRequestHead("CONNECT", authority, headers),
    deadline,
    `the proxy ${proxy.host}`,
  );
  if (head.status < 200 || head.status > 299) {
    transport.destroy();
    throw new HandshakeError(
      "PROXY_REFUSED",
      `the proxy ${proxy.host} answered CONNECT with ${head.status} ${quote(head.reason)}`,
      { head },
    );
  }
  return new SocketTransport(toStream(transport, early), "shared");
}
