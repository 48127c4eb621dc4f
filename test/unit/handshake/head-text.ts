// Heads as text: what the tests of this folder write, and the bytes that the code under test reads.

import assert from "node:assert/strict";
import {
  HandshakeError,
  type HandshakeErrorCode,
  parseRequestHead,
  parseResponseHead,
  type RequestHead,
  type ResponseHead,
} from "#src/handshake/index.js";

/** The bytes of a head whose lines are given; the empty line at the end is added. */
export function headBytes(...lines: string[]): Uint8Array {
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

export function requestHead(...lines: string[]): RequestHead {
  return succeeded(parseRequestHead(...whole(headBytes(...lines))));
}

export function responseHead(...lines: string[]): ResponseHead {
  return succeeded(parseResponseHead(...whole(headBytes(...lines))));
}

/** The three arguments that name all of the bytes. */
export function whole(bytes: Uint8Array): [bytes: Uint8Array, start: number, end: number] {
  return [bytes, 0, bytes.length];
}

/** The result, which must not be an error. */
export function succeeded<T>(result: T | HandshakeError | undefined): T {
  if (result instanceof HandshakeError) throw result;
  assert.notEqual(result, undefined);
  return result as T;
}

/** The error, which must be one, with this code and status. */
export function failed(result: unknown, code: HandshakeErrorCode, status: number): HandshakeError {
  assert.ok(result instanceof HandshakeError, `a HandshakeError ${code}, not ${JSON.stringify(result)}`);
  assert.equal(result.code, code);
  assert.equal(result.status, status);
  return result;
}

// RFC 6455 §1.3, the example of the protocol itself.
export const sampleKey = "dGhlIHNhbXBsZSBub25jZQ==";
export const sampleAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** The header lines of a valid upgrade request, by name. */
export const upgradeLines: Readonly<Record<string, string>> = {
  Host: "server.example.com",
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Key": sampleKey,
  "Sec-WebSocket-Version": "13",
};

/**
 * A valid upgrade request with some header lines replaced, added, repeated (an array) or left out
 * (undefined).
 */
export function upgradeRequest(
  changes: Readonly<Record<string, string | readonly string[] | undefined>> = {},
  requestLine = "GET /chat HTTP/1.1",
): RequestHead {
  return requestHead(requestLine, ...linesOf({ ...upgradeLines, ...changes }));
}

/** A valid 101 response to the sample key, changed in the same way. */
export function upgradeResponse(
  changes: Readonly<Record<string, string | readonly string[] | undefined>> = {},
  statusLine = "HTTP/1.1 101 Switching Protocols",
): ResponseHead {
  const lines = { Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Accept": sampleAccept };
  return responseHead(statusLine, ...linesOf({ ...lines, ...changes }));
}

function linesOf(headers: Readonly<Record<string, string | readonly string[] | undefined>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (value === undefined ? [] : [value].flat()).map((item) => `${name}: ${item}`),
  );
}

/** How often the code under test looks at a character of a string, which is the work that its parsers do. */
export function countCharacterReads(work: () => void): number {
  const original = String.prototype.charCodeAt;
  let reads = 0;
  String.prototype.charCodeAt = function (this: string, index: number): number {
    reads++;
    return original.call(this, index);
  };
  try {
    work();
  } finally {
    String.prototype.charCodeAt = original;
  }
  return reads;
}
