// The options of a server, and what they are by default.

import type { IncomingMessage, OutgoingHttpHeaders, Server } from "node:http";
import type { Server as SecureServer } from "node:https";
import { type ChannelOptions, channelDefaults } from "./channel-options.js";
import type { PerMessageDeflateOptions } from "./permessage-deflate-options.js";
import { WebSocket } from "./websocket.js";

/** What a server's client asks for, before it is let in. */
export interface ClientInfo {
  origin: string;
  secure: boolean;
  req: IncomingMessage;
}

export type VerifyClientCallback = (
  isVerified: boolean,
  code?: number,
  message?: string,
  headers?: OutgoingHttpHeaders,
) => void;

/** Answers one of the subprotocols, or false for none. */
export type ProtocolChoice = {
  choose(protocols: Set<string>, request: IncomingMessage): string | false;
}["choose"];

/** With two parameters it calls back, else it answers. */
export type VerifyClient =
  | { verify(info: ClientInfo): boolean }["verify"]
  | { verify(info: ClientInfo, callback: VerifyClientCallback): void }["verify"];

/** The class WebSocket, or one that extends it. */
export type WebSocketClass = new (...values: never[]) => object;

export interface ServerOptions extends ChannelOptions {
  /** Exactly one of `port`, `server` and `noServer` has to be given. */
  port?: number | undefined;
  server?: Server | SecureServer | undefined;
  noServer?: boolean | undefined;
  host?: string | undefined;
  /** Connections that may wait to be accepted. Default Node's. */
  backlog?: number | undefined;
  /** The only path that is taken. Default any. */
  path?: string | undefined;
  verifyClient?: VerifyClient | undefined;
  /** Chooses one of the subprotocols offered. Default the first. */
  handleProtocols?: ProtocolChoice | undefined;
  /** Keep the set `clients`. Default true. */
  clientTracking?: boolean | undefined;
  /** Accept permessage-deflate, and how. Default false. */
  perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
  /** The class of the server's WebSockets. */
  WebSocket?: WebSocketClass | undefined;
}

export type ServerSettings = Omit<ServerOptions, "WebSocket" | "perMessageDeflate"> & {
  // biome-ignore lint/suspicious/noExplicitAny: a class of any type, as programs that are typed for `ws` may say.
  WebSocket: any;
  // biome-ignore lint/suspicious/noExplicitAny: the types of `ws` know fewer of the options than it takes.
  perMessageDeflate?: any;
};

/** The options with the defaults beneath. Throws unless they say, once, where connections come from. */
export function serverSettingsOf(options: ServerOptions): ServerSettings {
  const settings = {
    ...channelDefaults,
    perMessageDeflate: false,
    handleProtocols: null,
    clientTracking: true,
    verifyClient: null,
    noServer: false,
    backlog: null,
    server: null,
    host: null,
    path: null,
    port: null,
    WebSocket,
    ...options,
  } as unknown as ServerSettings;
  const sources = [settings.port !== null && settings.port !== undefined, settings.server, settings.noServer];
  if (sources.filter(Boolean).length !== 1) {
    throw new TypeError('One and only one of the "port", "server", or "noServer" options must be specified');
  }
  if (settings.perMessageDeflate === true) settings.perMessageDeflate = {};
  return settings;
}
