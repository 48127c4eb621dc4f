// One open WebSocket, for whoever looks at the proxy.

import type { OpenTunnel } from "./open-tunnel.js";
import type { ProxyMode } from "./route-options.js";

export interface ConnectionView {
  readonly id: number;
  readonly route: string;
  readonly mode: ProxyMode;
  readonly upstream: string | undefined;
  /** For whom it is, and who is connected. */
  readonly client: string | undefined;
  readonly peer: string | undefined;
  readonly isSecure: boolean;
  readonly host: string;
  readonly url: string;
  /** As ISO 8601. */
  readonly since: string;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Undefined where messages are not counted. */
  readonly messagesReceived: number | undefined;
  readonly messagesSent: number | undefined;
}

export function connectionView({ exchange, passed }: OpenTunnel): ConnectionView {
  return {
    id: exchange.id,
    route: exchange.route,
    mode: exchange.tally.mode ?? "relay",
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
