// The port behind which an extension transforms the payload of whole messages (RFC 6455 §9, RFC 7692 §6).
// The machine knows RSV1 and the order of calls; what happens to the bytes is the codec's business.

/** Receives inflated bytes, which are borrowed until the next output has returned, or any codec is called again. False stops the codec. */
export type CodecOutput = (bytes: Uint8Array, start: number, end: number) => boolean;

/** One per connection; directions are independent of each other. */
export interface MessageCodec {
  /** Feeds compressed payload as it arrives, and hands what comes out to `output`, in order and in bounded steps.
   * `isLast` marks the end of the message. Answers what this has cost beside the bytes that came out, counted in such
   * bytes; -1 when what came in is no valid compressed data. */
  decode(bytes: Uint8Array, start: number, end: number, isLast: boolean, output: CodecOutput): number;
  /** Whether a message of this size is worth compressing when the application did not say. */
  isWorthwhile(byteLength: number): boolean;
  /** Compresses the next part of a message. The result is borrowed until the next call on any codec. */
  encode(payload: Uint8Array, isLast: boolean): Uint8Array;
  /** Connections with the same group can share a message from `encodeAlone`. */
  readonly encodingGroup: string;
  /** Compresses a whole message that refers to nothing before it. The result is the caller's to keep. */
  encodeAlone(payload: Uint8Array): Uint8Array;
  /** What was encoded so far is no longer what the peer saw last: the next message must not refer to it. */
  forgetEncoded(): void;
  /** Frees what the codec holds outside the heap. Nothing may be called afterwards. */
  dispose(): void;
}
