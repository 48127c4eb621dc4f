// The answer of a server that has agreed to change protocols, held against the request.

import type { IncomingMessage } from "node:http";
import { acceptOf } from "../../handshake/index.js";
import { sha1 } from "../../host/index.js";
import type { HandshakeRequest } from "./client-request.js";
import { parse } from "./extension.js";
import { PerMessageDeflate } from "./permessage-deflate.js";
import type { WebSocket } from "./websocket.js";

const { extensionName } = PerMessageDeflate;

/** Gives the WebSocket its subprotocol and its extensions. Answers what is wrong with the response, if anything. */
export function agreeOn(
  ws: WebSocket,
  request: HandshakeRequest,
  response: IncomingMessage,
): string | undefined {
  const { headers } = response;
  if (headers.upgrade?.toLowerCase() !== "websocket") return "Invalid Upgrade header";
  if (headers["sec-websocket-accept"] !== acceptOf(request.key, sha1))
    return "Invalid Sec-WebSocket-Accept header";
  const protocol = headers["sec-websocket-protocol"];
  const failure = protocolFailure(request.protocols, protocol);
  if (failure !== undefined) return failure;
  if (protocol) ws._protocol = protocol;
  return agreeOnExtensions(ws, request.deflate, headers["sec-websocket-extensions"]);
}

function protocolFailure(asked: ReadonlySet<string>, protocol: string | undefined): string | undefined {
  if (protocol === undefined) return asked.size > 0 ? "Server sent no subprotocol" : undefined;
  if (asked.size === 0) return "Server sent a subprotocol but none was requested";
  return asked.has(protocol) ? undefined : "Server sent an invalid subprotocol";
}

function agreeOnExtensions(
  ws: WebSocket,
  deflate: PerMessageDeflate | undefined,
  header: string | undefined,
): string | undefined {
  if (header === undefined) return undefined;
  if (deflate === undefined)
    return "Server sent a Sec-WebSocket-Extensions header but no extension was requested";
  try {
    const extensions = parse(header);
    const names = Object.keys(extensions);
    if (names.length !== 1 || names[0] !== extensionName)
      return "Server indicated an extension that was not requested";
    deflate.accept(extensions[extensionName]);
  } catch {
    return "Invalid Sec-WebSocket-Extensions header";
  }
  ws._extensions[extensionName] = deflate;
  return undefined;
}
