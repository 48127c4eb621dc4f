// A frame that passed, as one line of JSON says it: what the inspector shows and saves, and `sluice replay` reads.

/** Payload beyond this is not kept. */
export const MAX_KEPT_BYTES = 4096;

export type FrameType = "text" | "binary" | "continuation" | "ping" | "pong" | "close";

export interface FrameRecord {
  /** Milliseconds since the Unix epoch, with the fraction. */
  readonly t: number;
  readonly from: "client" | "upstream";
  readonly type: FrameType;
  /** False for a fragment that others follow. */
  readonly fin?: false;
  /** Bytes of payload, inflated where it was compressed; absent where that is not known. */
  readonly size?: number;
  /** Bytes of payload as they passed, where they were compressed. */
  readonly compressed?: number;
  /** The payload: as text where it is, else in base64. Of a close, the reason. Absent where it is empty. */
  readonly data?: string;
  readonly base64?: string;
  /** Only the first 4 KiB are here. */
  readonly truncated?: true;
  /** Why `base64` is what passed, still compressed. */
  readonly undecoded?: string;
  /** Of a close, if it has one. */
  readonly code?: number;
}

/** Where frames that passed go. */
export interface FrameSink {
  /** Whether the next one would be kept. */
  readonly hasRoom: boolean;
  frame(record: FrameRecord): void;
  /** One passed, and was not kept. */
  skipped(): void;
}

/** The payload's members of a record. What is no whole text goes as base64. Copies. */
export function payloadOf(
  bytes: Uint8Array,
  isText: boolean,
  isTruncated: boolean,
): Pick<FrameRecord, "data" | "base64" | "truncated"> {
  const cut = isTruncated ? ({ truncated: true } as const) : undefined;
  if (bytes.length === 0) return { ...cut };
  const text = isText ? textOf(bytes, isTruncated) : undefined;
  if (text !== undefined) return { data: text, ...cut };
  return { base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64"), ...cut };
}

/** Of a text that was cut, a torn last character is left out. */
function textOf(bytes: Uint8Array, isTruncated: boolean): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isTruncated });
  } catch {
    return undefined;
  }
}

/** Milliseconds since the Unix epoch, to the microsecond. */
export function timestamp(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000) / 1000;
}
