// The key and its answer: how a client knows that the server read this very request and speaks WebSocket
// (RFC 6455 §1.3). Randomness comes in as an argument.

import { invalidArgument } from "../protocol/index.js";
import { encodeBase64 } from "./base64.js";
import { encodeLatin1 } from "./latin1.js";
import { sha1 as pureSha1 } from "./sha1.js";

/** A SHA-1 digest function: 20 bytes for any message. */
export type Sha1 = (bytes: Uint8Array) => Uint8Array;

const KEY_BYTES = 16;
// RFC 6455 §1.3: a GUID "unlikely to be used by network endpoints that do not understand the WebSocket
// Protocol".
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * The value of `Sec-WebSocket-Key` for 16 random bytes, fresh for each connection. Throws `StateError`
 * `INVALID_ARGUMENT` for another number of bytes. Source: RFC 6455 §4.1.
 */
export function createKey(random: Uint8Array): string {
  if (random.length !== KEY_BYTES) {
    throw invalidArgument(`a key is made of 16 random bytes, not ${random.length}`);
  }
  return encodeBase64(random);
}

/** Whether the value is base64 of exactly 16 bytes. The unused bits of the last digit may be anything. */
export function isValidKey(value: string): boolean {
  return /^[A-Za-z\d+/]{22}==$/.test(value);
}

/** Every key has as many characters, so what is hashed has one length: the same memory does for all. */
const KEY_CHARS = 24;
const hashed = new Uint8Array(KEY_CHARS + GUID.length);

/** The value of `Sec-WebSocket-Accept` that answers the key. Source: RFC 6455 §4.2.2. */
export function acceptOf(key: string, sha1: Sha1 = pureSha1): string {
  const bytes = key.length === KEY_CHARS ? hashed : new Uint8Array(key.length + GUID.length);
  encodeLatin1(key, bytes, 0);
  encodeLatin1(GUID, bytes, key.length);
  return encodeBase64(sha1(bytes));
}
