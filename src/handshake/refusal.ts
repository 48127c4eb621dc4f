// The answer to a request that is not upgraded: a complete HTTP response after which the connection ends. An
// error is answered with the reason phrase of its status alone, so that nothing about the server leaks
// through it.

import { describeValue, encodeUtf8, invalidArgument, utf8Length } from "../protocol/index.js";
import type { HandshakeError } from "./errors.js";
import type { HeaderInput } from "./head.js";
import { encodeResponseHead } from "./head-encoder.js";
import { headerListOf } from "./header-map.js";
import { hasNoContent, reasonOf } from "./status.js";

export interface Refusal {
  /** 200 to 599: a final status. */
  readonly status: number;
  /** Further headers. Those about length, connection and upgrade are replaced by what holds for this answer. */
  readonly headers?: HeaderInput | undefined;
  /** Text is sent as UTF-8, as `text/plain` unless the headers name a type. Default: no body. */
  readonly body?: string | Uint8Array | undefined;
}

// The answer says these itself. Left out instead of refused: a response that was made for elsewhere, by
// `fetch` or by an upstream server, has them.
const ownHeaders = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "sec-websocket-version",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The response for a request that failed with the error, with the headers that its status obliges to. */
export function refusalOf(error: HandshakeError): Refusal {
  const status = error.status >= 400 && error.status < 600 ? error.status : 400;
  return { status, headers: obligatoryHeaders(status), body: `${reasonOf(status)}\n` };
}

function obligatoryHeaders(status: number): HeaderInput {
  // RFC 9110 §15.5.6: "The origin server MUST generate an Allow header field in a 405 response".
  if (status === 405) return { Allow: "GET" };
  return {};
}

/**
 * The bytes of a refusal, after which the connection must be ended. A 426 also names the protocol and the
 * version that are spoken here. Throws `StateError` `INVALID_ARGUMENT` for a status that is not final, for
 * headers that cannot be sent, and for a body with status 204, 205 or 304. Source: RFC 6455 §4.2.2 and §4.4,
 * RFC 9112 §9.6.
 */
export function createRefusal(refusal: Refusal): Uint8Array {
  const { status } = refusal;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw invalidArgument(`status ${describeValue(status)} is not a final status from 200 to 599`);
  }
  const body = bytesOf(refusal.body);
  const headers = headerListOf(refusal.headers).filter(([name]) => !ownHeaders.has(name.toLowerCase()));
  if (status === 426) {
    // RFC 9110 §15.5.22: "The server MUST send an Upgrade header field in a 426 response to indicate the
    // required protocol(s)".
    headers.push(["Upgrade", "websocket"]);
    // RFC 6455 §4.4: a server that does not speak the client's version answers with those it speaks.
    headers.push(["Sec-WebSocket-Version", "13"]);
  }
  if (typeof refusal.body === "string" && !headers.some(([name]) => name.toLowerCase() === "content-type")) {
    headers.push(["Content-Type", "text/plain; charset=utf-8"]);
  }
  if (hasNoContent(status) && body.length > 0) {
    throw invalidArgument(`a response with status ${status} cannot have a body`);
  }
  // RFC 9110 §8.6: a server MUST NOT send Content-Length with 204, and with 304 it would be that of what a GET would have had.
  if (status !== 204 && status !== 304) headers.push(["Content-Length", String(body.length)]);
  headers.push(["Connection", status === 426 ? "Upgrade, close" : "close"]);
  return encodeResponseHead(status, reasonOf(status), headers, body);
}

function bytesOf(body: string | Uint8Array | undefined): Uint8Array {
  if (body instanceof Uint8Array) return body;
  const text = body ?? "";
  const bytes = new Uint8Array(utf8Length(text));
  encodeUtf8(text, bytes, 0);
  return bytes;
}
