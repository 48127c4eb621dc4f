// The peer's side of permessage-deflate (RFC 7692), with Node's documented zlib streams. What the library compresses is
// also kept as it came, for a second reader that knows how far back its matches reach.

import assert from "node:assert/strict";
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from "node:zlib";
import { walkDeflate } from "../support/deflate-walker.js";
import type { OutgoingFrame } from "../support/wire-frame.js";
import type { Arrival } from "../support/wire-peer.js";
import type { EchoSession } from "./echo-ends.js";
import { fragmented, receiveMessage, type WireMessage } from "./wire-message.js";

/** RFC 7692 §7.2.1: cut off by the sender, §7.2.2: put back by the receiver. */
const tail = Buffer.of(0, 0, 0xff, 0xff);

/** What holds for one direction. */
export interface DirectionParameters {
  windowBits: number;
  isForgetful: boolean;
}

/** Runs bytes through a stream that goes on afterwards. */
function pass(stream: DeflateRaw | InflateRaw, bytes: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.once("error", reject);
    if (bytes.length > 0) stream.write(bytes);
    stream.flush(constants.Z_SYNC_FLUSH, () => {
      stream.removeAllListeners("data").removeAllListeners("error");
      resolve(Buffer.concat(chunks));
    });
  });
}

export class DeflatePeer {
  readonly #session: EchoSession;
  readonly #sending: DirectionParameters;
  readonly #receiving: DirectionParameters;
  #deflate: DeflateRaw | undefined;
  #inflate: InflateRaw | undefined;
  readonly #received: { compressed: Buffer; bytes: Buffer }[] = [];

  constructor(session: EchoSession, sending: DirectionParameters, receiving: DirectionParameters) {
    this.#session = session;
    this.#sending = sending;
    this.#receiving = receiving;
  }

  /** A payload as RFC 7692 §7.2.1 makes it. */
  async compress(payload: Uint8Array): Promise<Buffer> {
    // zlib writes no raw streams with windows of 2^8. Its matches stay 262 bytes below the size, which is 250 for 2^9.
    this.#deflate ??= createDeflateRaw({ windowBits: Math.max(9, this.#sending.windowBits) });
    const bytes = await pass(this.#deflate, payload);
    if (this.#sending.isForgetful) {
      this.#deflate.close();
      this.#deflate = undefined;
    }
    // Nothing comes out when nothing has gone in since the last flush. RFC 7692 §7.2.3.6: no data is 0x00.
    if (bytes.length === 0) return Buffer.of(0);
    assert.ok(bytes.subarray(-4).equals(tail));
    return bytes.subarray(0, -4);
  }

  async send(whole: OutgoingFrame, fragmentBytes = 0, arrival: Arrival = "together"): Promise<void> {
    const compressed = { ...whole, payload: await this.compress(whole.payload), rsv: 4 };
    await this.#session.peer.send(fragmented(compressed, fragmentBytes), arrival);
  }

  /** The next message, which must be compressed, inflated. */
  async receive(): Promise<WireMessage> {
    const message = await receiveMessage(this.#session.peer);
    assert.equal(message.rsv, 4, "RSV1 of the first frame");
    assert.ok(message.payload.length > 0, "RFC 7692 §7.2.3.6: an empty message takes a byte");
    this.#inflate ??= createInflateRaw({ windowBits: this.#receiving.windowBits });
    const bytes = await pass(this.#inflate, Buffer.concat([message.payload, tail]));
    if (this.#receiving.isForgetful) {
      this.#inflate.close();
      this.#inflate = undefined;
    }
    this.#received.push({ compressed: message.payload, bytes });
    return { ...message, payload: bytes };
  }

  /** Reads everything that came once more, and asserts that no match reaches beyond the window or a forgotten message. */
  assertWindowKept(): void {
    const { windowBits, isForgetful } = this.#receiving;
    const streams = isForgetful ? this.#received.map((each) => [each]) : [this.#received];
    for (const messages of streams) {
      const walk = walkDeflate(Buffer.concat(messages.flatMap(({ compressed }) => [compressed, tail])));
      assert.ok(
        Buffer.concat(messages.map(({ bytes }) => bytes)).equals(walk.bytes),
        "inflated twice, differently",
      );
      assert.ok(walk.maxDistance <= 2 ** windowBits, `a match reaches back ${walk.maxDistance} bytes`);
    }
  }

  close(): void {
    this.#deflate?.close();
    this.#inflate?.close();
  }
}

/** Words of a large vocabulary, the same every time: text with matches at every distance. */
export function wordText(byteLength: number): Buffer {
  const words: string[] = [];
  let state = 1;
  for (let length = 0; length < byteLength; length += 8) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    words.push((((state >>> 8) % 3000) * 7_919_777).toString(36).padEnd(7, "-").slice(0, 7));
  }
  return Buffer.from(words.join(" ")).subarray(0, byteLength);
}

/** Bytes that do not compress, the same every time. */
export function noise(byteLength: number): Buffer {
  let state = 1;
  return Buffer.from(
    Array.from({ length: byteLength }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    }),
  );
}
