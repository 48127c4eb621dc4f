// Frames and heads as bytes, written and read by hand: tests that break rules cannot use the code that keeps them.

import { createHash, randomBytes } from "node:crypto";

export interface WireFrame {
  fin: boolean;
  /** The three reserved bits as they lie in the first byte: 0x40, 0x20, 0x10. */
  rsv: number;
  opcode: number;
  isMasked: boolean;
  payload: Buffer;
}

export interface FrameParts {
  opcode: number;
  payload?: string | Uint8Array;
  fin?: boolean;
  rsv?: number;
  /** Default: masked, as clients do. */
  isMasked?: boolean;
  /** Writes the length in this many bytes, needed or not: 0, 2 or 8. */
  lengthBytes?: 0 | 2 | 8;
  /** Claims this length in place of the payload's. */
  claimedLength?: bigint;
}

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export function wireFrame(parts: FrameParts): Buffer {
  const { opcode, fin = true, rsv = 0, isMasked = true } = parts;
  const payload = Buffer.from(parts.payload ?? "");
  const length = parts.claimedLength ?? BigInt(payload.length);
  const lengthBytes = parts.lengthBytes ?? (length < 126n ? 0 : length < 65_536n ? 2 : 8);
  const head = Buffer.alloc(2 + lengthBytes);
  head[0] = (fin ? 0x80 : 0) | rsv | opcode;
  head[1] = (isMasked ? 0x80 : 0) | (lengthBytes === 0 ? Number(length) : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) head.writeUInt16BE(Number(length), 2);
  if (lengthBytes === 8) head.writeBigUInt64BE(length, 2);
  if (!isMasked) return Buffer.concat([head, payload]);
  const key = randomBytes(4);
  return Buffer.concat([head, key, payload.map((byte, i) => byte ^ key[i % 4])]);
}

export function closePayloadOf(code: number, reason: string | Uint8Array = ""): Buffer {
  const bytes = Buffer.from([code >>> 8, code & 0xff]);
  return Buffer.concat([bytes, Buffer.from(reason)]);
}

/** The frame at the start of the bytes and where it ends, or undefined while it is not complete. */
export function readWireFrame(bytes: Buffer): { frame: WireFrame; end: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1] & 0x7f;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  const isMasked = (bytes[1] & 0x80) !== 0;
  const start = 2 + lengthBytes + (isMasked ? 4 : 0);
  if (bytes.length < start) return undefined;
  const length =
    lengthBytes === 0 ? short : Number(lengthBytes === 2 ? bytes.readUInt16BE(2) : bytes.readBigUInt64BE(2));
  const end = start + length;
  if (bytes.length < end) return undefined;
  const key = bytes.subarray(start - 4, start);
  const payload = Buffer.from(bytes.subarray(start, end));
  if (isMasked) for (let i = 0; i < payload.length; i++) payload[i] ^= key[i % 4];
  const frame = {
    fin: (bytes[0] & 0x80) !== 0,
    rsv: bytes[0] & 0x70,
    opcode: bytes[0] & 0x0f,
    isMasked,
    payload,
  };
  return { frame, end };
}

/** What a Close frame says: its code, 1005 when it carries none, and its reason. */
export function closeStatusOf({ opcode, payload }: WireFrame): { code: number; reason: string } {
  if (opcode !== opcodes.close) throw new Error(`a frame with opcode ${opcode} is no Close frame`);
  return payload.length === 0
    ? { code: 1005, reason: "" }
    : { code: payload.readUInt16BE(0), reason: payload.toString("utf8", 2) };
}

export const sampleKey = "dGhlIHNhbXBsZSBub25jZQ==";

/** RFC 6455 §4.2.2. */
export function acceptValueOf(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** The lines of a head, each ended, with the empty line behind them. */
export function headOf(...lines: string[]): string {
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** A valid upgrade request; a header of `undefined` is left out, others replace or follow the usual ones. */
export function upgradeHead(headers: Record<string, string | undefined> = {}, target = "/"): string {
  const all: Record<string, string | undefined> = {
    Host: "localhost",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": sampleKey,
    "Sec-WebSocket-Version": "13",
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return headOf(`GET ${target} HTTP/1.1`, ...lines);
}

/** A response or request head, taken apart. */
export interface WireHead {
  startLine: string;
  /** Of a response; NaN for a request. */
  status: number;
  /** By name in lower case; repeated ones joined with ", ". */
  headers: Map<string, string>;
}

/** The head at the start of the bytes and where it ends, or undefined while it is not complete. */
export function readWireHead(bytes: Buffer): { head: WireHead; end: number } | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [startLine, ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
  }
  return {
    head: { startLine, status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(startLine)?.[1]), headers },
    end: end + 4,
  };
}
