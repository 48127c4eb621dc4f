// Inflates one direction's messages for people to look at, within bounds: a proxy has better things to do. A sender that keeps
// its context can only be followed from its first message on, and not past one that was given up.

import { type DeflateParameters, PerMessageDeflate, type RawDeflateEngine } from "../../deflate/index.js";
import { MAX_KEPT_BYTES } from "./frame-record.js";

/** Bytes that one message may inflate to. */
const MAX_MESSAGE_BYTES = 1_048_576;
/** Bytes that are inflated within a second: some milliseconds of work. */
const MAX_BYTES_PER_SECOND = 8_388_608;

const NOT_FROM_FIRST = "compressed with what came before, which was not watched";
const INVALID = "no valid compressed data";
const TOO_MUCH = "too much was inflated within this second";
const LOST = "compressed with what came before, which was not inflated";

export interface Inflated {
  /** The beginning, borrowed until the next frame. */
  readonly kept: Uint8Array;
  /** Undefined where inflating was given up. */
  readonly size: number | undefined;
}

export class TapInflater {
  readonly #createCodec: () => PerMessageDeflate;
  readonly #keepsContext: boolean;
  readonly #kept = new Uint8Array(MAX_KEPT_BYTES);
  #codec: PerMessageDeflate | undefined;
  /** Why nothing can be inflated: for the rest of the message, and for good. */
  #messageFault: string | undefined;
  #lastingFault: string | undefined;
  #keptBytes = 0;
  #frameBytes = 0;
  #messageBytes = 0;
  #isCutShort = false;
  #second = 0;
  #secondBytes = 0;

  constructor(
    sender: "client" | "upstream",
    parameters: DeflateParameters,
    engine: RawDeflateEngine,
    isFromFirst: boolean,
  ) {
    const { clientNoContextTakeover, serverNoContextTakeover } = parameters;
    this.#keepsContext = !(sender === "client" ? clientNoContextTakeover : serverNoContextTakeover);
    const receiver = sender === "client" ? "server" : "client";
    this.#createCodec = () => new PerMessageDeflate(receiver, parameters, {}, engine);
    if (this.#keepsContext && !isFromFirst) this.#lastingFault = NOT_FROM_FIRST;
  }

  /** Every message has to go in, or none that follows can be read. */
  get isGreedy(): boolean {
    return this.#keepsContext && this.#lastingFault === undefined;
  }

  beginFrame(): void {
    this.#keptBytes = 0;
    this.#frameBytes = 0;
    this.#isCutShort = false;
  }

  /** Payload without its mask. */
  feed(bytes: Uint8Array, start: number, end: number): void {
    this.#decode(bytes, start, end, false);
  }

  /** What came out of the frame, or why nothing did. */
  endFrame(isLast: boolean): Inflated | string {
    if (isLast) this.#decode(this.#kept, 0, 0, true);
    const fault = this.#lastingFault ?? this.#messageFault;
    const kept = this.#kept.subarray(0, this.#keptBytes);
    const isShown = fault === undefined || (this.#isCutShort && this.#keptBytes > 0);
    const result = isShown ? { kept, size: fault === undefined ? this.#frameBytes : undefined } : fault;
    if (this.#keepsContext && this.#messageFault !== undefined) this.#lastingFault ??= LOST;
    if (isLast) {
      this.#messageFault = undefined;
      this.#messageBytes = 0;
    }
    return result;
  }

  dispose(): void {
    this.#codec?.dispose();
    this.#codec = undefined;
    this.#lastingFault ??= LOST;
  }

  #decode(bytes: Uint8Array, start: number, end: number, isLast: boolean): void {
    if (this.#lastingFault !== undefined || this.#messageFault !== undefined) return;
    this.#codec ??= this.#createCodec();
    if (this.#codec.decode(bytes, start, end, isLast, this.#keep) < 0)
      this.#giveUp(this.#isCutShort ? TOO_MUCH : INVALID);
  }

  readonly #keep = (bytes: Uint8Array, start: number, end: number): boolean => {
    const count = Math.min(end - start, MAX_KEPT_BYTES - this.#keptBytes);
    this.#kept.set(bytes.subarray(start, start + count), this.#keptBytes);
    this.#keptBytes += count;
    this.#frameBytes += end - start;
    this.#messageBytes += end - start;
    this.#isCutShort = this.#messageBytes > MAX_MESSAGE_BYTES || this.#isAboveRate(end - start);
    return !this.#isCutShort;
  };

  #isAboveRate(byteLength: number): boolean {
    const second = Math.trunc(performance.now() / 1000);
    if (second !== this.#second) this.#secondBytes = 0;
    this.#second = second;
    this.#secondBytes += byteLength;
    return this.#secondBytes > MAX_BYTES_PER_SECOND;
  }

  #giveUp(fault: string): void {
    this.#codec?.dispose();
    this.#codec = undefined;
    this.#messageFault = fault;
  }
}
