// The options of a client, and what they are by default.

import type { ClientRequest } from "node:http";
import type { RequestOptions } from "node:https";
import type { ChannelOptions } from "./channel.js";
import type { PerMessageDeflateOptions } from "./permessage-deflate-options.js";
import type { WebSocket } from "./websocket.js";

/** Every option of `https.request` besides; `host`, `port`, `path`, `protocol`, `socketPath` and `timeout` come from elsewhere. */
export interface ClientOptions extends Omit<RequestOptions, "protocol" | "timeout">, ChannelOptions {
  /** Subprotocols, where the second argument names none. */
  protocols?: string | readonly string[] | undefined;
  /** Follow redirects. Default false. */
  followRedirects?: boolean | undefined;
  /** Redirects that are followed. Default 10. */
  maxRedirects?: number | undefined;
  /** Milliseconds without news that the opening handshake may take. Default none. */
  handshakeTimeout?: number | undefined;
  /** Offer permessage-deflate, and how. Default true. */
  perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
  /** Sec-WebSocket-Version: 13, or 8. Default 13. */
  protocolVersion?: number | undefined;
  /** The header Origin. */
  origin?: string | undefined;
  /** Has to end the request, which is not ended otherwise. */
  finishRequest?: ((request: ClientRequest, ws: WebSocket) => void) | undefined;
  autoPong?: boolean | undefined;
  maxPendingAutoPongs?: number | undefined;
  closeTimeout?: number | undefined;
}

const defaults = {
  allowSynchronousEvents: true,
  autoPong: true,
  followRedirects: false,
  maxBufferedChunks: 256 * 1024,
  maxFragments: 16 * 1024,
  maxPayload: 100 * 1024 * 1024,
  maxPendingAutoPongs: 60,
  maxRedirects: 10,
  perMessageDeflate: true,
  protocolVersion: 13,
  skipUTF8Validation: false,
} as const;

export type ClientSettings = ClientOptions & {
  readonly maxRedirects: number;
  readonly protocolVersion: number;
};

const protocolVersions = [8, 13];

/** The options with the defaults beneath. Throws for a version that there is not. */
export function settingsOf(options: ClientOptions): ClientSettings {
  const settings = { ...defaults, ...options } as ClientSettings;
  if (!protocolVersions.includes(settings.protocolVersion)) {
    throw new RangeError(
      `Unsupported protocol version: ${settings.protocolVersion} ` +
        `(supported versions: ${protocolVersions.join(", ")})`,
    );
  }
  return settings;
}
