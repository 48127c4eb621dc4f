// One whole head, from bytes to data. Strict where parsers have disagreed and smuggling began: lines end in
// CRLF and nothing else, no blank before a colon, no folded lines, no control characters. Every character is
// looked at a fixed number of times. The peer's mistakes come back as values; nothing here throws.

import { HandshakeError } from "./errors.js";
import { isBlankCode, isTokenCode, isValueCode, quote } from "./field.js";
import type { HeadLimits, HttpVersion, RequestHead, ResponseHead } from "./head.js";
import { defaultHeadLimits } from "./head.js";
import { HeaderMap } from "./header-map.js";
import { decodeLatin1 } from "./latin1.js";

const COLON = 0x3a;
const CRLF = "\r\n";

/**
 * Parses the request head in `bytes[start, end)`, the empty line at its end included. The bytes are only
 * borrowed. Answers a `HandshakeError` with `HEAD_MALFORMED`, `HEAD_TOO_LARGE`, `TOO_MANY_HEADERS` or
 * `HTTP_VERSION_UNSUPPORTED`. Source: RFC 9112 §2 to §5.
 */
export function parseRequestHead(
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: HeadLimits = defaultHeadLimits,
): RequestHead | HandshakeError {
  if (end - start > limits.maxHeadBytes) return headTooLarge(end - start, limits);
  const text = decodeLatin1(bytes, start, end);
  const lineEnd = text.indexOf(CRLF);
  const line = text.slice(0, Math.max(lineEnd, 0));
  const match = /^([!#$%&'*+\-.^_`|~\dA-Za-z]+) ([\x21-\x7e]+) HTTP\/(\d)\.(\d)$/.exec(line);
  if (match === null) return malformed(`the request line ${quote(line)} is not "method target HTTP/1.1"`);
  const [, method, target, major, minor] = match;
  if (major !== "1") {
    return new HandshakeError(
      "HTTP_VERSION_UNSUPPORTED",
      `the request is HTTP/${major}.${minor}, not HTTP/1.1`,
    );
  }
  const headers = parseFields(text, lineEnd + 2, limits);
  if (headers instanceof HandshakeError) return headers;
  return { method, target, version: versionOf(minor), headers };
}

/**
 * Parses the response head in `bytes[start, end)`, the empty line at its end included. The bytes are only
 * borrowed. Answers the same errors as `parseRequestHead`, with status 0. Source: RFC 9112 §2, §4 and §5.
 */
export function parseResponseHead(
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: HeadLimits = defaultHeadLimits,
): ResponseHead | HandshakeError {
  if (end - start > limits.maxHeadBytes) return fromServer(headTooLarge(end - start, limits));
  const text = decodeLatin1(bytes, start, end);
  const lineEnd = text.indexOf(CRLF);
  const line = text.slice(0, Math.max(lineEnd, 0));
  // RFC 9112 §4 has a space after the status even when the reason is empty; servers that leave it out are
  // common.
  const match = /^HTTP\/(\d)\.(\d) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/.exec(line);
  if (match === null)
    return fromServer(malformed(`the status line ${quote(line)} is not "HTTP/1.1 status reason"`));
  const [, major, minor, status, reason = ""] = match;
  if (major !== "1") {
    const message = `the response is HTTP/${major}.${minor}, not HTTP/1.1`;
    return fromServer(new HandshakeError("HTTP_VERSION_UNSUPPORTED", message));
  }
  const headers = parseFields(text, lineEnd + 2, limits);
  if (headers instanceof HandshakeError) return fromServer(headers);
  return { version: versionOf(minor), status: Number(status), reason, headers };
}

/** An error found in a response: there is nobody to answer with a status. */
export function fromServer(error: HandshakeError): HandshakeError {
  return new HandshakeError(error.code, error.message, { status: 0 });
}

export function headTooLarge(actual: number, limits: HeadLimits): HandshakeError {
  const message = `head of at least ${actual} bytes exceeds the limit of ${limits.maxHeadBytes} (maxHeadBytes)`;
  return new HandshakeError("HEAD_TOO_LARGE", message);
}

/** The bound of headers for heads that somebody else has parsed; undefined where it is kept. */
export function headerCountFailure(headers: HeaderMap, limits: HeadLimits): HandshakeError | undefined {
  return headers.size > limits.maxHeaders ? tooManyHeaders(limits) : undefined;
}

function tooManyHeaders({ maxHeaders }: HeadLimits): HandshakeError {
  return new HandshakeError("TOO_MANY_HEADERS", `more than ${maxHeaders} headers (maxHeaders)`);
}

export function malformed(message: string): HandshakeError {
  return new HandshakeError("HEAD_MALFORMED", message);
}

// RFC 9110 §2.5: a higher minor version is processed "as if it was in the highest minor version within that
// major version to which the recipient is conformant".
function versionOf(minor: string): HttpVersion {
  return minor === "0" ? "1.0" : "1.1";
}

function parseFields(text: string, start: number, limits: HeadLimits): HeaderMap | HandshakeError {
  const lines: (readonly [string, string])[] = [];
  let at = start;
  while (!text.startsWith(CRLF, at)) {
    const nameStart = at;
    while (isTokenCode(text.charCodeAt(at))) at++;
    // RFC 9112 §5.1: "A server MUST reject, with a response status code of 400 (Bad Request), any received
    // request message that contains whitespace between a header field name and colon."
    // RFC 9112 §5.2: a folded line begins with a blank; a server "MUST either reject the message … or
    // replace".
    if (at === nameStart || text.charCodeAt(at) !== COLON) return malformed(explainName(text, nameStart));
    const name = text.slice(nameStart, at);
    at++;
    while (isBlankCode(text.charCodeAt(at))) at++;
    const valueStart = at;
    let valueEnd = at;
    for (let code = text.charCodeAt(at); isValueCode(code); code = text.charCodeAt(++at)) {
      if (!isBlankCode(code)) valueEnd = at + 1;
    }
    if (!text.startsWith(CRLF, at))
      return malformed(`the value of header ${quote(name)} holds a control character`);
    at += 2;
    if (lines.length === limits.maxHeaders) return tooManyHeaders(limits);
    lines.push([name, text.slice(valueStart, valueEnd)]);
  }
  if (at + 2 !== text.length) return malformed("there are bytes after the empty line that ends the head");
  return new HeaderMap(lines);
}

function explainName(text: string, start: number): string {
  if (start >= text.length) return "the head does not end in an empty line";
  if (isBlankCode(text.charCodeAt(start))) return "a header is folded over two lines";
  const end = text.indexOf(CRLF, start);
  return `the header line ${quote(text.slice(start, end < 0 ? text.length : end))} does not begin with "name:"`;
}
