// A request for an opening handshake, as a server reads it.

import type { IncomingMessage } from "node:http";
import { isValidKey } from "../../handshake/index.js";
import * as extension from "./extension.js";
import { canCompress, type Extensions, PerMessageDeflate } from "./permessage-deflate.js";
import type { ServerSettings } from "./server-options.js";
import { isRefusal, type Refusal } from "./server-refusal.js";
import * as subprotocol from "./subprotocol.js";

const { extensionName } = PerMessageDeflate;

/** What a request without fault asks for. */
export interface Offer {
  /** Sec-WebSocket-Key. */
  readonly key: string;
  /** The subprotocols, in the client's order. */
  readonly protocols: Set<string>;
  /** Those of the extensions that are accepted. */
  readonly extensions: Extensions;
}

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

/** What the request asks for, or why it cannot be had. */
export function offerOf(request: IncomingMessage, settings: ServerSettings): Offer | Refusal {
  const protocols = offeredProtocols(request);
  if (isRefusal(protocols)) return protocols;
  const extensions = acceptedExtensions(request, settings);
  if (isRefusal(extensions)) return extensions;
  return { key: request.headers["sec-websocket-key"] as string, protocols, extensions };
}

function offeredProtocols({ headers }: IncomingMessage): Set<string> | Refusal {
  const header = headers["sec-websocket-protocol"];
  if (header === undefined) return new Set();
  try {
    return subprotocol.parse(header);
  } catch {
    return { status: 400, text: "Invalid Sec-WebSocket-Protocol header" };
  }
}

function acceptedExtensions(
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
