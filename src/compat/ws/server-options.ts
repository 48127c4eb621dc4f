// The options of a server, and what they are by default.

import type { IncomingMessage, OutgoingHttpHeaders, Server } from "node:http";
import type { Server as SecureServer } from "node:https";
import type * as net from "node:net";
import { type ChannelOptions, channelDefaults } from "./channel-options.js";
import type { PerMessageDeflateOptions } from "./permessage-deflate-options.js";
import { WebSocket } from "./websocket.js";

/** Where a server listens. */
export type AddressInfo = net.AddressInfo;

/** What a server's client asks for, before it is let in. */
export interface ClientInfo<Request = IncomingMessage> {
  origin: string;
  secure: boolean;
  req: Request;
}

export type VerifyClientCallback = (
  isVerified: boolean,
  code?: number,
  message?: string,
  headers?: OutgoingHttpHeaders,
) => void;

// What stands in a method's place may be typed for a request of the program's own kind.

/** Answers one of the subprotocols, or false for none. */
export type ProtocolChoice<Request = IncomingMessage> = {
  choose(protocols: Set<string>, request: Request): string | false;
}["choose"];

/** Answers whether the client is let in. */
export type VerifyClientCallbackSync<Request = IncomingMessage> = {
  verify(info: ClientInfo<Request>): boolean;
}["verify"];

/** Calls back whether the client is let in. */
export type VerifyClientCallbackAsync<Request = IncomingMessage> = {
  verify(info: ClientInfo<Request>, callback: VerifyClientCallback): void;
}["verify"];

/** The class WebSocket, or one that extends it. */
export type WebSocketClass = new (...values: never[]) => object;

export interface ServerOptions<
  Class extends WebSocketClass = WebSocketClass,
  Request extends typeof IncomingMessage = typeof IncomingMessage,
> extends ChannelOptions {
  /** Exactly one of `port`, `server` and `noServer` has to be given. */
  port?: number | undefined;
  server?: Server | SecureServer | undefined;
  noServer?: boolean | undefined;
  host?: string | undefined;
  /** Connections that may wait to be accepted. Default Node's. */
  backlog?: number | undefined;
  /** The only path that is taken. Default any. */
  path?: string | undefined;
  /** With two parameters it calls back, else it answers. */
  verifyClient?:
    | VerifyClientCallbackSync<InstanceType<Request>>
    | VerifyClientCallbackAsync<InstanceType<Request>>
    | undefined;
  /** Chooses one of the subprotocols offered. Default the first. */
  handleProtocols?: ProtocolChoice<InstanceType<Request>> | undefined;
  /** Keep the set `clients`. Default true. */
  clientTracking?: boolean | undefined;
  /** Accept permessage-deflate, and how. Default false. */
  perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
  /** The class of the server's WebSockets. */
  WebSocket?: Class | undefined;
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
