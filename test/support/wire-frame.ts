// One frame of RFC 6455 §5.2, written and read from the text of the RFC alone, so that the library is never measured
// against its own code. The writer makes wrong frames as readily as right ones; the reader takes nothing that a correct
// sender would not write.

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** What a frame says. As an expectation, what was received must say the same. */
export interface WireFrame {
  readonly opcode: number;
  readonly payload: Uint8Array;
  readonly fin: boolean;
  /** RSV1 to RSV3 as 4, 2, 1. */
  readonly rsv: number;
}

/** A frame to write; the last three members are for making wrong ones. */
export interface OutgoingFrame extends WireFrame {
  /** The masking key; by default the peer's own choice. */
  readonly maskKey?: readonly number[];
  /** Masked or not, whatever the role asks for. */
  readonly isMasked?: boolean;
  /** The form of the length field, whatever the payload asks for. */
  readonly lengthBits?: 7 | 16 | 64;
  /** A length that is not the payload's. */
  readonly announcedLength?: number | bigint;
}

export function frame(
  opcode: number,
  payload: Uint8Array | string = "",
  flags: Partial<OutgoingFrame> = {},
): OutgoingFrame {
  return {
    opcode,
    payload: typeof payload === "string" ? Buffer.from(payload) : payload,
    fin: true,
    rsv: 0,
    ...flags,
  };
}

type FrameMaker = (payload?: Uint8Array | string, flags?: Partial<OutgoingFrame>) => OutgoingFrame;

export const text: FrameMaker = (payload, flags) => frame(opcodes.text, payload, flags);
export const binary: FrameMaker = (payload, flags) => frame(opcodes.binary, payload, flags);
export const continuation: FrameMaker = (payload, flags) => frame(opcodes.continuation, payload, flags);
export const ping: FrameMaker = (payload, flags) => frame(opcodes.ping, payload, flags);
export const pong: FrameMaker = (payload, flags) => frame(opcodes.pong, payload, flags);

/** A Close with a code and a reason, or with an empty body. */
export function close(
  code?: number,
  reason: Uint8Array | string = "",
  flags?: Partial<OutgoingFrame>,
): OutgoingFrame {
  if (code === undefined) return frame(opcodes.close, "", flags);
  return frame(opcodes.close, Buffer.concat([Buffer.of(code >> 8, code & 0xff), Buffer.from(reason)]), flags);
}

function lengthField(length: bigint, bits: 7 | 16 | 64): Buffer {
  const field = Buffer.alloc(bits === 7 ? 1 : bits === 16 ? 3 : 9);
  field[0] = bits === 7 ? Number(length) : bits === 16 ? 126 : 127;
  if (bits === 16) field.writeUInt16BE(Number(length), 1);
  if (bits === 64) field.writeBigUInt64BE(length, 1);
  return field;
}

function mask(payload: Uint8Array, key: readonly number[]): Buffer {
  const masked = Buffer.from(payload);
  // RFC 6455 §5.3: "transformed-octet-i = original-octet-i XOR masking-key-octet-(i MOD 4)".
  for (let i = 0; i < masked.length; i++) masked[i] ^= key[i & 3];
  return masked;
}

export function encodeFrame(outgoing: OutgoingFrame, maskKey: readonly number[] | undefined): Buffer {
  const { opcode, payload, fin, rsv } = outgoing;
  const length = BigInt(outgoing.announcedLength ?? payload.length);
  const field = lengthField(length, outgoing.lengthBits ?? (length < 126n ? 7 : length < 65_536n ? 16 : 64));
  if (maskKey !== undefined) field[0] |= 0x80;
  const head = [Buffer.of((fin ? 0x80 : 0) | (rsv << 4) | opcode), field, Buffer.from(maskKey ?? [])];
  return Buffer.concat([...head, maskKey === undefined ? payload : mask(payload, maskKey)]);
}

export interface ReceivedFrame extends WireFrame {
  readonly maskKey: readonly number[] | undefined;
}

/** A stream of frames. Throws for lengths that are not in their shortest form. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #at = 0;
  #length = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** Bytes that belong to no finished frame yet. */
  get pendingBytes(): number {
    return this.#length;
  }

  next(): ReceivedFrame | undefined {
    const start = this.#peek(2);
    if (start === undefined) return undefined;
    const isMasked = start[1] >= 0x80;
    const short = start[1] & 0x7f;
    const headLength = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (isMasked ? 4 : 0);
    const head = this.#peek(headLength);
    if (head === undefined) return undefined;
    const length = readLength(head, short);
    const whole = this.#peek(headLength + length);
    if (whole === undefined) return undefined;
    this.#at += headLength + length;
    this.#length -= headLength + length;
    const maskKey = isMasked ? [...head.subarray(headLength - 4)] : undefined;
    const payload = whole.subarray(headLength);
    return {
      opcode: head[0] & 0x0f,
      fin: head[0] >= 0x80,
      rsv: (head[0] >> 4) & 7,
      payload: maskKey === undefined ? payload : mask(payload, maskKey),
      maskKey,
    };
  }

  #peek(length: number): Buffer | undefined {
    if (this.#length < length) return undefined;
    if (this.#chunks[0].length - this.#at < length) {
      this.#chunks = [Buffer.concat([this.#chunks[0].subarray(this.#at), ...this.#chunks.slice(1)])];
      this.#at = 0;
    }
    return this.#chunks[0].subarray(this.#at, this.#at + length);
  }
}

function readLength(head: Buffer, short: number): number {
  if (short < 126) return short;
  const length = short === 126 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2));
  // RFC 6455 §5.2: "the minimal number of bytes MUST be used to encode the length".
  if (length < (short === 126 ? 126 : 65_536))
    throw new Error(`a length of ${length} takes ${short === 126 ? 16 : 64} bits`);
  return length;
}
