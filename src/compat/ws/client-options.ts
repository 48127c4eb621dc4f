// The options of a client, and what they are by default.

import type { ClientRequest } from "node:http";
import type { RequestOptions } from "node:https";
import { type ChannelOptions, channelDefaults } from "./channel-options.js";
import type { PerMessageDeflateOptions } from "./permessage-deflate-options.js";
import type { WebSocket } from "./websocket.js";

/** Has to end the request. */
export type FinishRequestCallback = (request: ClientRequest, ws: WebSocket) => void;

/** What `ws` takes for certificates. */
export type CertMeta = string | string[] | Buffer | Buffer[];

/** Every option of `https.request` besides; `host`, `port`, `path`, `protocol`, `socketPath` and `timeout` come from elsewhere. */
export interface ClientOptions
  extends Omit<RequestOptions, "protocol" | "timeout" | "createConnection" | "checkServerIdentity">,
    ChannelOptions {
  /** Judges the certificate's names, as node:tls asks for it. */
  checkServerIdentity?: ((hostname: string, certificate: never) => unknown) | undefined;
  /** Makes the socket, as node:net and node:tls do it. */
  createConnection?: ((...values: never[]) => unknown) | undefined;
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
  /** Called with the request, which is not ended otherwise. */
  finishRequest?: FinishRequestCallback | undefined;
}

const defaults = {
  ...channelDefaults,
  followRedirects: false,
  maxRedirects: 10,
  perMessageDeflate: true,
  protocolVersion: 13,
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

/** The second or the third argument of a WebSocket: where the second is an object, it is the options. */
export function givenOptions(
  protocols: string | readonly string[] | ClientOptions | undefined,
  options: ClientOptions | undefined,
): ClientOptions {
  return (isOptions(protocols) ? protocols : options) ?? {};
}

/** The subprotocols, of which the second argument comes before the option. */
export function givenProtocols(
  protocols: string | readonly string[] | ClientOptions | undefined,
  options: ClientOptions,
): readonly string[] {
  const given = protocols === undefined || isOptions(protocols) ? options.protocols : protocols;
  if (given === undefined) return [];
  return Array.isArray(given) ? given : [given as string];
}

function isOptions(value: unknown): value is ClientOptions {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
