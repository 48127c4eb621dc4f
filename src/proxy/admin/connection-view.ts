// One open WebSocket, in the words of the admin port.

import type { OpenTunnel } from "../proxy-state.js";
import type { ConnectionView } from "./proxy-view.js";

export function connectionView({ exchange, passed }: OpenTunnel): ConnectionView {
  return {
    id: exchange.id,
    route: exchange.route,
    mode: exchange.tally?.mode ?? "relay",
    upstream: exchange.upstream,
    client: exchange.clientAddress,
    peer: exchange.peerAddress,
    isSecure: exchange.isSecure,
    host: exchange.host,
    url: exchange.url,
    since: exchange.time.toISOString(),
    bytesReceived: passed.bytesReceived,
    bytesSent: passed.bytesSent,
    messagesReceived: passed.messagesReceived,
    messagesSent: passed.messagesSent,
  };
}
