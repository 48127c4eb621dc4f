// The answer of a server that changes protocols.

import type { IncomingMessage } from "node:http";
import { acceptOf } from "../../handshake/index.js";
import { sha1 } from "../../host/index.js";
import { format } from "./extension.js";
import { PerMessageDeflate } from "./permessage-deflate.js";
import type { ServerSettings } from "./server-options.js";
import type { Offer } from "./server-request.js";
import type { WebSocket } from "./websocket.js";

const { extensionName } = PerMessageDeflate;

/** Gives the WebSocket its subprotocol and its extensions. Answers the lines of the response's head. */
export function agreeWith(
  ws: WebSocket,
  { key, extensions, protocols }: Offer,
  request: IncomingMessage,
  settings: ServerSettings,
): string[] {
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${acceptOf(key, sha1)}`,
  ];
  const protocol = choose(protocols, request, settings);
  if (protocol) {
    lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
    ws._protocol = protocol;
  }
  const params = extensions[extensionName]?.params;
  if (params) {
    lines.push(`Sec-WebSocket-Extensions: ${format({ [extensionName]: [params] })}`);
    ws._extensions = extensions;
  }
  return lines;
}

function choose(
  protocols: Set<string>,
  request: IncomingMessage,
  settings: ServerSettings,
): string | false | undefined {
  if (protocols.size === 0) return undefined;
  if (!settings.handleProtocols) return protocols.values().next().value;
  return settings.handleProtocols(protocols, request);
}
