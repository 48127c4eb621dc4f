// Few bytes on the wire that are many once inflated: what a peer sends who wants the whole event loop for itself.

import { deflateRawSync, constants as zlib } from "node:zlib";
import { encodeFrame } from "#src/protocol/index.js";

const mask = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

/** The text as the compressed payload of a message: RFC 7692 §7.2.1 takes the last four bytes away. */
function deflated(text: string): Uint8Array {
  return deflateRawSync(text, { finishFlush: zlib.Z_SYNC_FLUSH }).subarray(0, -4);
}

/** A text of this length that begins with its number. */
export function floodText(index: number, length: number): string {
  return `${index} `.padEnd(length, ".");
}

/** A client's messages with these texts, each in a frame of its own, one behind the other. */
export function compressedFlood(texts: readonly string[]): Uint8Array {
  return framed(texts.map(deflated));
}

/** The same, but each text stands behind 64 empty streams: dear to serve, though nothing comes out of them. */
export function restartingFlood(texts: readonly string[]): Uint8Array {
  const emptyStreams = Buffer.concat(Array(64).fill(Uint8Array.of(0x03, 0x00)));
  return framed(texts.map((text) => Buffer.concat([emptyStreams, deflated(text)])));
}

function framed(payloads: readonly Uint8Array[]): Uint8Array {
  const frames = payloads.map((payload) => encodeFrame({ opcode: 1, rsv1: true, mask, payload }));
  return Uint8Array.from(Buffer.concat(frames));
}
