// A stand-in for permessage-deflate: pairs of (count, byte). Tests of the protocol use it to see what the machine does
// with a codec, without what a real one does with bytes. A count of 0 and half a pair at the end are invalid data.

import type { CodecOutput, MessageCodec } from "#src/protocol/index.js";

export class RunLengthCodec implements MessageCodec {
  /** Messages from this size on are compressed when the application does not say. */
  readonly thresholdBytes: number;
  readonly encodingGroup = "run-length";
  isDisposed = false;
  timesForgotten = 0;
  #count: number | undefined;
  /** What was lent last. It is spoilt when the next output has returned, and by the next call. */
  #lent = new Uint8Array(0);

  constructor(thresholdBytes = 16) {
    this.thresholdBytes = thresholdBytes;
  }

  decode(bytes: Uint8Array, start: number, end: number, isLast: boolean, output: CodecOutput): number {
    this.#lent.fill(0xff);
    for (let i = start; i < end; i++) {
      if (this.#count === undefined) {
        if (bytes[i] === 0) return -1;
        this.#count = bytes[i];
        continue;
      }
      const run = new Uint8Array(this.#count + 2).fill(bytes[i], 1, this.#count + 1);
      this.#count = undefined;
      const isWanted = output(run, 1, run.length - 1);
      this.#lent.fill(0xff);
      this.#lent = run;
      if (!isWanted) return 0;
    }
    return isLast && this.#count !== undefined ? -1 : 0;
  }

  isWorthwhile(byteLength: number): boolean {
    return byteLength >= this.thresholdBytes;
  }

  encode(payload: Uint8Array): Uint8Array {
    const pairs: number[] = [];
    for (let i = 0; i < payload.length; ) {
      let count = 1;
      while (count < 255 && payload[i + count] === payload[i]) count++;
      pairs.push(count, payload[i]);
      i += count;
    }
    return Uint8Array.from(pairs);
  }

  encodeAlone(payload: Uint8Array): Uint8Array {
    return this.encode(payload);
  }

  forgetEncoded(): void {
    this.timesForgotten++;
  }

  dispose(): void {
    this.isDisposed = true;
  }
}
