// Compression with a note of how large the last message was on the wire.

import type { CodecOutput, MessageCodec } from "../../protocol/index.js";

export class MeasuredCodec implements MessageCodec {
  readonly #inner: MessageCodec;
  #bytes = 0;
  #isWhole = false;

  constructor(inner: MessageCodec) {
    this.#inner = inner;
  }

  get encodingGroup(): string {
    return this.#inner.encodingGroup;
  }

  /** The compressed size of the message that has just been inflated; undefined for one that was not compressed. */
  takeMessageBytes(): number | undefined {
    if (!this.#isWhole) return undefined;
    this.#isWhole = false;
    const bytes = this.#bytes;
    this.#bytes = 0;
    return bytes;
  }

  decode(bytes: Uint8Array, start: number, end: number, isLast: boolean, output: CodecOutput): number {
    this.#bytes += end - start;
    this.#isWhole = isLast;
    return this.#inner.decode(bytes, start, end, isLast, output);
  }

  isWorthwhile(byteLength: number): boolean {
    return this.#inner.isWorthwhile(byteLength);
  }

  encode(payload: Uint8Array, isLast: boolean): Uint8Array {
    return this.#inner.encode(payload, isLast);
  }

  encodeAlone(payload: Uint8Array): Uint8Array {
    return this.#inner.encodeAlone(payload);
  }

  forgetEncoded(): void {
    this.#inner.forgetEncoded();
  }

  dispose(): void {
    this.#inner.dispose();
  }
}
