// The opening handshake over a dialled transport: request, response, verification, agreement.

import { type DeflateParameters, EXTENSION_NAME, offerDeflate, verifyDeflate } from "../deflate/index.js";
import {
  createKey,
  createUpgradeRequest,
  encodeRequestHead,
  formatExtensions,
  HandshakeError,
  type HeaderList,
  type UpgradeRequest,
  validateUpgradeResponse,
  type WebSocketTarget,
} from "../handshake/index.js";
import { randomBlock, sha1, zlibEngine } from "../host/index.js";
import type { Transport } from "../transport/index.js";
import type { ConnectSettings } from "./connect-options.js";
import { dial } from "./dial.js";
import { exchangeHeads } from "./head-exchange.js";

/** An agreement with a server, and the transport it holds on. */
export interface Opened {
  readonly transport: Transport;
  readonly early: Uint8Array | undefined;
  readonly request: UpgradeRequest;
  readonly protocol: string;
  readonly extensions: string;
  readonly deflate: DeflateParameters | undefined;
}

/** Dials and shakes hands. Rejects with `HandshakeError`, `TransportError` or the deadline's reason. */
export async function openHandshake(
  target: WebSocketTarget,
  headers: HeaderList,
  settings: ConnectSettings,
  deadline: AbortSignal,
): Promise<Opened> {
  const { protocols, origin } = settings;
  const compression = zlibEngine() && settings.compression;
  const key = createKey(randomBlock(16));
  const extensions = compression ? formatExtensions([offerDeflate(compression)]) : "";
  const { hostHeader: host } = target;
  const request = createUpgradeRequest({
    host,
    target: target.target,
    key,
    protocols,
    extensions,
    origin,
    headers,
  });
  const transport = await dial(target, settings.dial, deadline);
  const bytes = encodeRequestHead(request.method, request.target, request.headers);
  const { head, early } = await exchangeHeads(transport, bytes, deadline);
  const extensionNames = compression ? [EXTENSION_NAME] : [];
  const agreement = validateUpgradeResponse(head, { key, protocols, extensionNames }, sha1);
  const failure =
    agreement instanceof HandshakeError ? agreement : repeatedExtension(agreement.extensions.length);
  if (failure !== undefined || agreement instanceof HandshakeError) {
    transport.destroy();
    throw failure;
  }
  const [element] = agreement.extensions;
  const deflate = element && compression ? verifyDeflate(element, compression) : undefined;
  if (typeof deflate === "string") {
    transport.destroy();
    throw new HandshakeError("EXTENSION_PARAMETERS_INVALID", deflate, { head });
  }
  const { protocol } = agreement;
  return { transport, early, request, protocol, extensions: formatExtensions(agreement.extensions), deflate };
}

/** RFC 7692 §5.1: an extension is agreed to at most once. */
function repeatedExtension(count: number): HandshakeError | undefined {
  if (count <= 1) return undefined;
  return new HandshakeError(
    "EXTENSION_PARAMETERS_INVALID",
    `the server answered one offer with ${count} extensions`,
  );
}
