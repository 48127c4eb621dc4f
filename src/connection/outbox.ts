// Everything a connection sends between two flushes, leaving as one write. Frames are encoded straight into lent
// memory; finished frames that many connections share are added as they are.

import type { FrameOutput } from "../protocol/index.js";
import type { Transport } from "../transport/index.js";
import { SendBlock, SendSlab } from "./send-slab.js";

const slab = new SendSlab();
const NO_BLOCK = new SendBlock(new Uint8Array(0));

/** A finished piece of output; with `home`, one that has to be released there. */
interface Part {
  readonly bytes: Uint8Array;
  readonly home: SendBlock | undefined;
}

/** The last joined write. In a broadcast a thousand connections join the same frames one after the other. */
let joined: { parts: readonly Uint8Array[]; bytes: Uint8Array } | undefined;
/** Above this a join costs more than the writes it saves. */
const MAX_JOINED_BYTES = 131_072;

export class Outbox implements FrameOutput {
  readonly #transport: Transport;
  /** The block of the open region, which is empty between two flushes. */
  #home = NO_BLOCK;
  #start = 0;
  #end = 0;
  /** Finished parts before the open region. */
  #parts: Part[] | undefined;
  #partBytes = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get block(): Uint8Array {
    return this.#home.bytes;
  }

  /** Bytes that no transport has seen yet. */
  get unflushedBytes(): number {
    return this.#partBytes + (this.#end - this.#start);
  }

  /** Bytes sent by the application that the network has not taken. */
  get bufferedBytes(): number {
    return this.unflushedBytes + this.#transport.pendingBytes;
  }

  get isCongested(): boolean {
    return this.#transport.isCongested;
  }

  reserve(length: number): number {
    const end = this.#end;
    if (end > this.#start && slab.extend(this.#home, end, length)) {
      this.#end = end + length;
      return end;
    }
    this.#closeRegion();
    if (!slab.fits(length)) {
      this.#home = new SendBlock(new Uint8Array(length));
      this.#addPart(this.#home.bytes, undefined);
      return 0;
    }
    this.#start = slab.lend(length);
    this.#home = slab.block;
    this.#end = this.#start + length;
    return this.#start;
  }

  append(bytes: Uint8Array): void {
    this.#closeRegion();
    this.#addPart(bytes, undefined);
  }

  /** Gives everything to the transport. */
  flush(): void {
    if (this.#parts === undefined) {
      if (this.#end === this.#start) return;
      const home = this.#home;
      const region = home.bytes.subarray(this.#start, this.#end);
      this.#forget();
      this.#writeRegion(region, home);
      return;
    }
    this.#closeRegion();
    const parts = this.#parts;
    const byteLength = this.#partBytes;
    this.#forget();
    this.#writeParts(parts, byteLength);
  }

  /** Forgets what was not flushed. */
  discard(): void {
    this.#closeRegion();
    for (const { home } of this.#parts ?? []) home?.release();
    this.#forget();
  }

  #writeRegion(region: Uint8Array, home: SendBlock): void {
    // Behind bytes that wait, these wait too: as a copy, so that a slow peer never keeps a shared block.
    if (this.isCongested) this.#transport.write(region.slice());
    else if (!this.#transport.write(region, home)) return;
    home.release();
  }

  #writeParts(parts: readonly Part[], byteLength: number): void {
    if (parts.length === 1 || (byteLength > MAX_JOINED_BYTES && !this.isCongested)) {
      for (const { bytes, home } of parts) {
        if (home === undefined) this.#transport.write(bytes);
        else this.#writeRegion(bytes, home);
      }
      return;
    }
    this.#transport.write(join(parts, byteLength));
    for (const { home } of parts) home?.release();
  }

  #closeRegion(): void {
    if (this.#end > this.#start) this.#addPart(this.block.subarray(this.#start, this.#end), this.#home);
    this.#start = this.#end = 0;
    this.#home = NO_BLOCK;
  }

  #addPart(bytes: Uint8Array, home: SendBlock | undefined): void {
    this.#parts ??= [];
    this.#parts.push({ bytes, home });
    this.#partBytes += bytes.length;
  }

  #forget(): void {
    this.#parts = undefined;
    this.#partBytes = 0;
    this.#start = this.#end = 0;
    this.#home = NO_BLOCK;
  }
}

/** One block with the parts' bytes, shared by everyone who joins the very same parts in a row. */
function join(parts: readonly Part[], byteLength: number): Uint8Array {
  if (joined !== undefined && isSame(joined.parts, parts)) return joined.bytes;
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const part of parts) {
    bytes.set(part.bytes, at);
    at += part.bytes.length;
  }
  joined = { parts: parts.map((part) => part.bytes), bytes };
  return bytes;
}

function isSame(first: readonly Uint8Array[], parts: readonly Part[]): boolean {
  if (first.length !== parts.length) return false;
  for (let i = 0; i < first.length; i++) if (first[i] !== parts[i].bytes) return false;
  return true;
}
