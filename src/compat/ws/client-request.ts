// The request of an opening handshake, as options for node:http, and what the answer is to be held against.

import type { RequestOptions } from "node:https";
import net, { isIP, type NetConnectOpts, type Socket } from "node:net";
import querystring from "node:querystring";
import tls, { type ConnectionOptions } from "node:tls";
import { isToken } from "../../handshake/index.js";
import { randomBlock } from "../../host/index.js";
import type { ClientSettings } from "./client-options.js";
import { hostOf, ipcPaths, type Target } from "./client-url.js";
import { format } from "./extension.js";
import { canCompress, PerMessageDeflate } from "./permessage-deflate.js";

type Headers = Record<string, unknown>;

/** Options that are all there, and may be changed. */
export type HandshakeOptions = RequestOptions & { headers: Headers; auth?: string | undefined };

export interface HandshakeRequest {
  readonly options: HandshakeOptions;
  /** Sec-WebSocket-Key. */
  readonly key: string;
  /** The subprotocols asked for. */
  readonly protocols: ReadonlySet<string>;
  /** What was offered; undefined when nothing was. */
  readonly deflate: PerMessageDeflate | undefined;
}

/** Throws for subprotocols that nobody can agree on. */
export function prepareRequest(
  target: Target,
  protocols: readonly string[],
  settings: ClientSettings,
  headers: Headers,
): HandshakeRequest {
  const key = Buffer.from(randomBlock(16)).toString("base64");
  const deflate = settings.perMessageDeflate && canCompress() ? deflateOf(settings) : undefined;
  const subprotocols = subprotocolsOf(protocols);
  const sent: Headers = {
    ...headers,
    "Sec-WebSocket-Version": settings.protocolVersion,
    "Sec-WebSocket-Key": key,
    Connection: "Upgrade",
    Upgrade: "websocket",
  };
  if (deflate !== undefined)
    sent["Sec-WebSocket-Extensions"] = format({ [PerMessageDeflate.extensionName]: deflate.offer() });
  if (protocols.length > 0) sent["Sec-WebSocket-Protocol"] = protocols.join(",");
  // Before version 13 the header had a name of its own.
  if (settings.origin)
    sent[settings.protocolVersion < 13 ? "Sec-WebSocket-Origin" : "Origin"] = settings.origin;
  return { options: requestOptions(target, settings, sent), key, protocols: subprotocols, deflate };
}

function requestOptions(target: Target, settings: ClientSettings, headers: Headers): HandshakeOptions {
  const { url, isSecure, isIpc } = target;
  const defaultPort = isSecure ? 443 : 80;
  const path = url.pathname + url.search;
  const auth =
    url.username || url.password
      ? `${querystring.unescape(url.username)}:${querystring.unescape(url.password)}`
      : (settings.auth ?? undefined);
  return {
    ...(settings as RequestOptions),
    method: "GET",
    protocol: undefined,
    hostname: undefined,
    createConnection: (settings.createConnection ?? (isSecure ? secureSocket : plainSocket)) as never,
    defaultPort: settings.defaultPort || defaultPort,
    port: url.port || defaultPort,
    host: hostOf(url),
    headers: headers as HandshakeOptions["headers"],
    timeout: settings.handshakeTimeout,
    auth,
    ...(isIpc ? ipcPaths(path) : { path, socketPath: undefined }),
  };
}

function subprotocolsOf(protocols: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const protocol of protocols) {
    if (typeof protocol !== "string" || !isToken(protocol) || found.has(protocol))
      throw new SyntaxError("An invalid or duplicated subprotocol was specified");
    found.add(protocol);
  }
  return found;
}

function deflateOf({ perMessageDeflate, maxPayload }: ClientSettings): PerMessageDeflate {
  const options = typeof perMessageDeflate === "object" ? perMessageDeflate : {};
  return new PerMessageDeflate({ ...options, isServer: false, maxPayload });
}

// Programs replace members of Node's modules while they run, which only the modules themselves show.

/** A new socket; the path that it may be for is a unix socket's, not the request's. */
function plainSocket(options: NetConnectOpts & { socketPath?: string }): Socket {
  return net.connect({ ...options, path: options.socketPath } as NetConnectOpts);
}

function secureSocket(options: ConnectionOptions): Socket {
  const { host = "" } = options;
  const servername =
    options.servername || options.servername === "" ? options.servername : isIP(host) ? "" : host;
  return tls.connect({ ...options, path: undefined, servername });
}
