// One frame as pieces for a socket, for whoever encodes it once and sends it to many; and the payload of a Close.

import { isUint8Array } from "node:util/types";
import { nextMaskKey } from "../../host/index.js";
import {
  encodeFrameHeader,
  frameHeaderLength,
  isCloseCode,
  maskInPlace,
  readMaskKey,
} from "../../protocol/index.js";

export const FIN = 0x80;
export const RSV1 = 0x40;

/** Fills a buffer of four bytes with a masking key. */
export type GenerateMask = (mask: Buffer) => void;

export interface FrameOptions {
  opcode: number;
  fin?: boolean | undefined;
  rsv1?: boolean | undefined;
  mask?: boolean | undefined;
  /** Whether the data must not be masked in place. */
  readOnly?: boolean | undefined;
  generateMask?: GenerateMask | undefined;
  maskBuffer?: Buffer | undefined;
}

/** A masking key: the user's, made in the buffer, or a random one. */
export function maskKeyOf(generateMask: GenerateMask | undefined, buffer: Buffer | undefined): number {
  if (generateMask === undefined) return nextMaskKey();
  const mask = buffer ?? Buffer.alloc(4);
  generateMask(mask);
  return readMaskKey(mask, 0);
}

/** The header of a frame that is not masked. */
export function encodeHeader(first: number, byteLength: number): Buffer {
  const header = Buffer.allocUnsafe(frameHeaderLength(byteLength, false));
  encodeFrameHeader(header, 0, first, byteLength, undefined);
  return header;
}

/** Header and payload, in one piece where the payload may not be masked where it lies. */
export function encodePieces(data: string | Buffer, options: FrameOptions): Buffer[] {
  const payload = typeof data === "string" ? Buffer.from(data) : data;
  const { length } = payload;
  const maskKey = options.mask ? maskKeyOf(options.generateMask, options.maskBuffer) : undefined;
  const isMasking = maskKey !== undefined && maskKey !== 0;
  const headerLength = frameHeaderLength(length, maskKey !== undefined);
  const first = (options.fin ? FIN : 0) | (options.rsv1 ? RSV1 : 0) | options.opcode;
  const isMerged = isMasking && payload === data && options.readOnly === true;
  const header = Buffer.allocUnsafe(isMerged ? headerLength + length : headerLength);
  encodeFrameHeader(header, 0, first, length, maskKey);
  if (length === 0) return [header];
  if (isMerged) {
    header.set(payload, headerLength);
    maskInPlace(header, headerLength, header.length, maskKey, 0);
    return [header];
  }
  if (isMasking) maskInPlace(payload, 0, length, maskKey, 0);
  return [header, payload];
}

/** Throws for a code or a reason that may not be sent. */
export function closePayload(code: number | undefined, data: string | Uint8Array | undefined): Buffer {
  if (code === undefined) return Buffer.alloc(0);
  if (typeof code !== "number" || !isCloseCode(Math.floor(code)))
    throw new TypeError("First argument must be a valid error code number");
  // null is no reason either, and throws a TypeError.
  const length = data !== undefined && data.length > 0 ? Buffer.byteLength(data) : 0;
  if (length > 123) throw new RangeError("The message must not be greater than 123 bytes");
  const payload = Buffer.allocUnsafe(2 + length);
  payload.writeUInt16BE(code, 0);
  if (length === 0) return payload;
  if (typeof data === "string") payload.write(data, 2);
  else if (isUint8Array(data)) payload.set(data, 2);
  else throw new TypeError("Second argument must be a string or a Uint8Array");
  return payload;
}
