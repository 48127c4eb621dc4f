// The 101 response: written by the server, verified by the client before a single byte behind it is believed
// (RFC 6455 §4.2.2 and §4.1).

import { HandshakeError } from "./errors.js";
import type { Extension } from "./extension-header.js";
import { parseExtensions } from "./extension-header.js";
import { hasToken, quote } from "./field.js";
import type { HeaderInput, ResponseHead } from "./head.js";
import { encodeResponseHead } from "./head-encoder.js";
import type { Sha1 } from "./key.js";
import { acceptOf } from "./key.js";
import { applicationHeaders } from "./request.js";
import { checkSubprotocols } from "./subprotocol.js";

export interface UpgradeResponseOptions {
  /** The key of the request. */
  readonly key: string;
  /** The chosen subprotocol; "" for none. Default "". */
  readonly protocol?: string | undefined;
  /** The value of Sec-WebSocket-Extensions; "" for none. Default "". */
  readonly extensions?: string | undefined;
  /** Further headers; what the handshake owns is refused. */
  readonly headers?: HeaderInput | undefined;
  /** The host's digest. Default: one in plain TypeScript. */
  readonly sha1?: Sha1 | undefined;
}

/**
 * The bytes of the 101 response; frames may follow at once. Throws `StateError` `INVALID_ARGUMENT` for a
 * protocol that is no token and for headers that cannot be sent or belong to the handshake. Source: RFC 6455
 * §4.2.2.
 */
export function createUpgradeResponse(options: UpgradeResponseOptions): Uint8Array {
  const { key, protocol = "", extensions = "" } = options;
  const headers: (readonly [string, string])[] = [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Accept", acceptOf(key, options.sha1)],
  ];
  if (protocol !== "") {
    checkSubprotocols([protocol]);
    headers.push(["Sec-WebSocket-Protocol", protocol]);
  }
  if (extensions !== "") headers.push(["Sec-WebSocket-Extensions", extensions]);
  headers.push(...applicationHeaders(options.headers));
  return encodeResponseHead(101, "Switching Protocols", headers);
}

/** What the client sent, as far as the response must fit it. */
export interface SentOffer {
  readonly key: string;
  readonly protocols: readonly string[];
  /** Names of the extensions in the request. */
  readonly extensionNames: readonly string[];
}

/** What the server chose. */
export interface UpgradeAgreement {
  /** "" for none. */
  readonly protocol: string;
  /** Elements that were offered by name; their parameters are for the extension to verify. */
  readonly extensions: readonly Extension[];
}

/** Whether the response only announces another one, which must be read in its place (RFC 9110 §15.2). */
export function isInterimResponse(head: ResponseHead): boolean {
  return head.status >= 100 && head.status < 200 && head.status !== 101;
}

/**
 * Verifies the response to an upgrade request. Answers a `HandshakeError` that carries the head:
 * `UNEXPECTED_STATUS` for every status but 101, which is where redirects and authentication begin. Source:
 * RFC 6455 §4.1.
 */
export function validateUpgradeResponse(
  head: ResponseHead,
  sent: SentOffer,
  sha1?: Sha1,
): UpgradeAgreement | HandshakeError {
  const failure = statusFailure(head) ?? upgradeFailure(head) ?? acceptFailure(head, sent.key, sha1);
  if (failure !== undefined) return failure;
  const protocol = agreedProtocol(head, sent.protocols);
  if (protocol instanceof HandshakeError) return protocol;
  const extensions = agreedExtensions(head, sent.extensionNames);
  if (extensions instanceof HandshakeError) return extensions;
  return { protocol, extensions };
}

function statusFailure(head: ResponseHead): HandshakeError | undefined {
  // RFC 6455 §4.1: "If the status code received from the server is not 101, the client handles the response
  // per HTTP [RFC2616] procedures."
  if (head.status !== 101) {
    const message = `the server answered ${head.status} ${quote(head.reason)} instead of 101`;
    return new HandshakeError("UNEXPECTED_STATUS", message, { head });
  }
  if (head.version !== "1.1") {
    return new HandshakeError("HTTP_VERSION_UNSUPPORTED", `HTTP/${head.version} cannot be upgraded`, {
      head,
    });
  }
  return undefined;
}

function upgradeFailure(head: ResponseHead): HandshakeError | undefined {
  const { headers } = head;
  // RFC 6455 §4.1: "If the response lacks an |Upgrade| header field or the |Upgrade| header field contains a
  // value that is not an ASCII case-insensitive match for the value "websocket", the client MUST _Fail the
  // WebSocket Connection_."
  if (headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return new HandshakeError(
      "RESPONSE_UPGRADE_INVALID",
      "the Upgrade header of the response is not websocket",
      { head },
    );
  }
  // RFC 6455 §4.1: "If the response lacks a |Connection| header field or the |Connection| header field
  // doesn't contain a token that is an ASCII case-insensitive match for the value "Upgrade", the client MUST
  // _Fail the WebSocket Connection_."
  if (!hasToken(headers.get("connection"), "upgrade")) {
    const message = "the Connection header of the response does not name upgrade";
    return new HandshakeError("RESPONSE_CONNECTION_INVALID", message, { head });
  }
  return undefined;
}

function acceptFailure(head: ResponseHead, key: string, sha1?: Sha1): HandshakeError | undefined {
  // RFC 6455 §4.1: "If the response lacks a |Sec-WebSocket-Accept| header field or the |Sec-WebSocket-Accept|
  // contains a value other than the base64-encoded SHA-1 of the concatenation of the |Sec-WebSocket-Key| …
  // the client MUST _Fail the WebSocket Connection_." A repeated line (§11.3.3) joins to such another value.
  const accept = head.headers.get("sec-websocket-accept");
  if (accept === acceptOf(key, sha1)) return undefined;
  const message =
    accept === undefined ? "there is no Sec-WebSocket-Accept" : `${quote(accept)} does not answer the key`;
  return new HandshakeError("ACCEPT_INVALID", message, { head });
}

function agreedProtocol(head: ResponseHead, offered: readonly string[]): string | HandshakeError {
  // RFC 6455 §11.3.4: "the |Sec-WebSocket-Protocol| header field MUST NOT appear more than once in an HTTP
  // response." A repeated line joins to a list, and a list is no token that was offered.
  const protocol = head.headers.get("sec-websocket-protocol");
  if (protocol === undefined) return "";
  // RFC 6455 §4.1: "… and this header field indicates the use of a subprotocol that was not present in the
  // client's handshake … the client MUST _Fail the WebSocket Connection_."
  if (offered.includes(protocol)) return protocol;
  const message = `the server chose subprotocol ${quote(protocol)}, which was not offered`;
  return new HandshakeError("SUBPROTOCOL_NOT_OFFERED", message, { head });
}

function agreedExtensions(
  head: ResponseHead,
  offered: readonly string[],
): readonly Extension[] | HandshakeError {
  const value = head.headers.get("sec-websocket-extensions");
  if (value === undefined) return [];
  // RFC 6455 §11.3.2: "the |Sec-WebSocket-Extensions| header field MUST NOT appear more than once in an HTTP
  // response."
  if (head.headers.count("sec-websocket-extensions") > 1) {
    return new HandshakeError("HEADER_REPEATED", "Sec-WebSocket-Extensions comes more than once", { head });
  }
  const extensions = parseExtensions(value);
  if (extensions === undefined) {
    const message = `${quote(value)} does not follow the grammar of Sec-WebSocket-Extensions`;
    return new HandshakeError("EXTENSIONS_MALFORMED", message, { head });
  }
  // RFC 6455 §4.1: "… indicates the use of an extension that was not present in the client's handshake … the
  // client MUST _Fail the WebSocket Connection_."
  const unknown = extensions.find(({ name }) => !offered.includes(name));
  if (unknown === undefined) return extensions;
  const message = `the server uses extension ${quote(unknown.name)}, which was not offered`;
  return new HandshakeError("EXTENSION_NOT_OFFERED", message, { head });
}
