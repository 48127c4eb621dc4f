// A tunnel through an HTTP proxy (RFC 9110 §9.3.6).

import type { Socket } from "node:net";
import {
  basicAuthorization,
  encodeRequestHead,
  HandshakeError,
  type WebSocketTarget,
} from "../handshake/index.js";
import { SocketTransport } from "../transport/index.js";
import { exchangeHeads } from "./head-exchange.js";

/** Makes of a stream to the proxy one to the target. Rejects with `HandshakeError` `PROXY_REFUSED`. */
export async function openTunnel(
  stream: Socket,
  target: WebSocketTarget,
  proxy: URL,
  deadline: AbortSignal,
): Promise<void> {
  const host = target.hostname.includes(":") ? `[${target.hostname}]` : target.hostname;
  const authority = `${host}:${target.port}`;
  const headers: [string, string][] = [["Host", authority]];
  const authorization = basicAuthorization(proxy.username, proxy.password);
  if (authorization !== undefined) headers.push(["Proxy-Authorization", authorization]);
  const transport = new SocketTransport(stream);
  const { head, early } = await exchangeHeads(
    transport,
    encodeRequestHead("CONNECT", authority, headers),
    deadline,
  );
  if (head.status < 200 || head.status > 299) {
    stream.destroy();
    throw new HandshakeError(
      "PROXY_REFUSED",
      `the proxy ${proxy.host} answered CONNECT with ${head.status} ${head.reason}`,
      { head },
    );
  }
  // What comes behind the head are the target's first bytes.
  transport.release(early ?? new Uint8Array(0));
}
