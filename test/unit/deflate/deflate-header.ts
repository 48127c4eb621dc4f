// Headers in, headers out: what tests of the negotiation have in common.

import assert from "node:assert/strict";
import {
  acceptDeflate,
  type DeflateOptions,
  type DeflateParameters,
  type ExtensionElement,
  verifyDeflate,
} from "#src/deflate/index.js";
import { formatExtensions, parseExtensions } from "#src/handshake/index.js";

/** The elements of a Sec-WebSocket-Extensions header. */
export function parse(header: string): readonly ExtensionElement[] {
  const elements = parseExtensions(header);
  assert.ok(elements !== undefined, header);
  return elements;
}

/** What a server answers to the header, as it stands in its response; undefined when it declines. */
export function answerTo(
  header: string,
  options: DeflateOptions = { serverMaxWindowBits: 15 },
): string | undefined {
  const accepted = acceptDeflate(parse(header), options);
  return accepted && formatExtensions([accepted.element]);
}

/** What a client makes of a server's answer to the options' offer. */
export function verify(answer: string, options: DeflateOptions = {}): DeflateParameters | string {
  return verifyDeflate(parse(answer)[0], options);
}

export function agreed(parameters: Partial<DeflateParameters>): DeflateParameters {
  return {
    clientMaxWindowBits: 15,
    serverMaxWindowBits: 15,
    clientNoContextTakeover: false,
    serverNoContextTakeover: false,
    ...parameters,
  };
}

export const name = "permessage-deflate";
export const hostileNames = [
  "constructor",
  "__proto__",
  "hasOwnProperty",
  "toString",
  "prototype",
  "valueOf",
];
