// A request for an opening handshake, as a server reads it.

import type { IncomingMessage } from "node:http";
import { isValidKey } from "../../handshake/index.js";
import * as extension from "./extension.js";
import { canCompress, type Extensions, PerMessageDeflate } from "./permessage-deflate.js";
import type { ServerSettings } from "./server-options.js";
import type { Refusal } from "./server-refusal.js";
import * as subprotocol from "./subprotocol.js";

const { extensionName } = PerMessageDeflate;

/** What is wrong with the request itself, whatever it asks for. */
export function requestFailure({ method, headers }: IncomingMessage): Refusal | undefined {
  if (method !== "GET") return { status: 405, text: "Invalid HTTP method" };
  if (headers.upgrade?.toLowerCase() !== "websocket") return { status: 400, text: "Invalid Upgrade header" };
  if (!isValidKey(headers["sec-websocket-key"] ?? ""))
    return { status: 400, text: "Missing or invalid Sec-WebSocket-Key header" };
  const version = versionOf(headers);
  if (version === 13 || version === 8) return undefined;
  return {
    status: 400,
    text: "Missing or invalid Sec-WebSocket-Version header",
    headers: { "Sec-WebSocket-Version": "13, 8" },
  };
}

/** The version of the protocol that the client speaks. */
export function versionOf(headers: IncomingMessage["headers"]): number {
  return Number(headers["sec-websocket-version"]);
}

/** The subprotocols that are offered, in the client's order. */
export function offeredProtocols({ headers }: IncomingMessage): Set<string> | Refusal {
  const header = headers["sec-websocket-protocol"];
  if (header === undefined) return new Set();
  try {
    return subprotocol.parse(header);
  } catch {
    return { status: 400, text: "Invalid Sec-WebSocket-Protocol header" };
  }
}

/** The extensions that are offered and accepted. */
export function acceptedExtensions(
  { headers }: IncomingMessage,
  { perMessageDeflate, maxPayload }: ServerSettings,
): Extensions | Refusal {
  const header = headers["sec-websocket-extensions"];
  const extensions: Extensions = {};
  if (!perMessageDeflate || !canCompress() || header === undefined) return extensions;
  const options = perMessageDeflate === true ? {} : perMessageDeflate;
  const deflate = new PerMessageDeflate({ ...options, isServer: true, maxPayload });
  try {
    const offers = extension.parse(header)[extensionName];
    if (offers === undefined) return extensions;
    deflate.accept(offers);
    extensions[extensionName] = deflate;
    return extensions;
  } catch {
    return { status: 400, text: "Invalid or unacceptable Sec-WebSocket-Extensions header" };
  }
}
