// One message encoded once for many receivers: the unmasked frame a server sends is the same for all of them.

import type { ByteEngine } from "./byte-engine.js";
import { encodeFrameHeader, frameHeaderLength } from "./frame-header.js";
import { Opcode } from "./opcode.js";

/** The bytes of a whole unmasked message in one frame. With `isCompressed`, RSV1 is set on it. */
export function encodeMessage(payload: Uint8Array, isBinary: boolean, isCompressed: boolean): Uint8Array {
  const first = 0x80 | (isCompressed ? 0x40 : 0) | (isBinary ? Opcode.BINARY : Opcode.TEXT);
  const headerLength = frameHeaderLength(payload.length, false);
  const frame = new Uint8Array(headerLength + payload.length);
  encodeFrameHeader(frame, 0, first, payload.length, undefined);
  frame.set(payload, headerLength);
  return frame;
}

/** The text as UTF-8 bytes of its own. */
export function encodeText(engine: ByteEngine, text: string): Uint8Array {
  const length = engine.byteLength(text);
  const bytes = new Uint8Array(length);
  engine.encode(text, bytes, 0, length);
  return bytes;
}
