// From data to the bytes of a head. The last gate before the wire: whatever could end a line early, and so
// smuggle a header or a second message in, throws here.

import { describeValue, invalidArgument } from "../protocol/index.js";
import { isFieldValue, isToken } from "./field.js";
import type { HeaderList } from "./head.js";
import { checkHeader } from "./header-map.js";
import { encodeLatin1 } from "./latin1.js";

const noBytes = new Uint8Array(0);

/**
 * The bytes of a request head. Throws `StateError` `INVALID_ARGUMENT` for a method that is no token, a target
 * with anything but visible ASCII, and a header that must not be sent. Source: RFC 9112 §3.
 */
export function encodeRequestHead(method: string, target: string, headers: HeaderList): Uint8Array {
  if (!isToken(method)) throw invalidArgument(`method ${describeValue(method)} is not a token`);
  if (!/^[\x21-\x7e]+$/.test(target)) {
    throw invalidArgument(`target ${describeValue(target)} is not visible ASCII`);
  }
  return encodeHead(`${method} ${target} HTTP/1.1\r\n`, headers, noBytes);
}

/**
 * The bytes of a response: head, then `body` as it is. The caller says its length in `headers`. Throws
 * `StateError` `INVALID_ARGUMENT` for a status outside 100 to 999, and for a reason or a header that must not
 * be sent. Source: RFC 9112 §4.
 */
export function encodeResponseHead(
  status: number,
  reason: string,
  headers: HeaderList,
  body: Uint8Array = noBytes,
): Uint8Array {
  if (!Number.isInteger(status) || status < 100 || status > 999) {
    throw invalidArgument(`status ${status} is not an integer from 100 to 999`);
  }
  if (!isFieldValue(reason)) {
    throw invalidArgument(`reason ${describeValue(reason)} holds a character that cannot be sent`);
  }
  return encodeHead(`HTTP/1.1 ${status} ${reason}\r\n`, headers, body);
}

function encodeHead(startLine: string, headers: HeaderList, body: Uint8Array): Uint8Array {
  let text = startLine;
  for (const [name, value] of headers) {
    checkHeader(name, value);
    text += `${name}: ${value}\r\n`;
  }
  text += "\r\n";
  const bytes = new Uint8Array(text.length + body.length);
  encodeLatin1(text, bytes, 0);
  bytes.set(body, text.length);
  return bytes;
}
