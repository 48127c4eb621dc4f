// Everything a connection sends between two flushes, leaving as one write. Frames are encoded straight into lent
// memory; finished frames that many connections share are added as they are.

import type { FrameOutput } from "../protocol/index.js";
import type { Transport } from "../transport/index.js";
import { SendSlab } from "./send-slab.js";

const slab = new SendSlab();
const NOTHING = new Uint8Array(0);

/** The last joined write. In a broadcast a thousand connections join the same frames one after the other. */
let joined: { parts: readonly Uint8Array[]; bytes: Uint8Array } | undefined;
/** Above this a join costs more than the writes it saves. */
const MAX_JOINED_BYTES = 131_072;

export class Outbox implements FrameOutput {
  readonly #transport: Transport;
  block: Uint8Array = NOTHING;
  #start = 0;
  #end = 0;
  /** Finished parts before the open region. */
  #parts: Uint8Array[] | undefined;
  #partBytes = 0;
  #lentBlocks: Uint8Array[] | undefined;
  /** Blocks of regions that the transport still reads. */
  #keptBlocks: Uint8Array[] | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
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
    return this.#transport.pendingBytes > 0;
  }

  reserve(length: number): number {
    const end = this.#end;
    if (end > this.#start && slab.extend(this.block, end, length)) {
      this.#end = end + length;
      return end;
    }
    this.#closeRegion();
    if (!slab.fits(length)) {
      this.block = new Uint8Array(length);
      this.#addPart(this.block);
      return 0;
    }
    this.#start = slab.lend(length);
    this.block = slab.block;
    this.#end = this.#start + length;
    return this.#start;
  }

  append(bytes: Uint8Array): void {
    this.#closeRegion();
    this.#addPart(bytes);
  }

  /** Gives everything to the transport. */
  flush(): void {
    if (this.#parts === undefined) {
      if (this.#end === this.#start) return;
      const { block, isCongested } = this;
      const region = block.subarray(this.#start, this.#end);
      // Behind bytes that wait, these wait too: as a copy, so that a slow peer never keeps a shared block.
      const isTaken = this.#transport.write(isCongested ? region.slice() : region) || isCongested;
      this.#start = this.#end = 0;
      this.block = NOTHING;
      this.#settle(block, isTaken);
      return;
    }
    this.#closeRegion();
    const parts = this.#parts;
    const lentBlocks = this.#lentBlocks;
    const isKept = !this.#writeParts(parts, this.#partBytes);
    this.#parts = undefined;
    this.#lentBlocks = undefined;
    this.#partBytes = 0;
    if (lentBlocks !== undefined) for (const block of lentBlocks) this.#settle(block, !isKept);
  }

  /** The transport keeps nothing any more. */
  released(): void {
    const blocks = this.#keptBlocks;
    this.#keptBlocks = undefined;
    if (blocks !== undefined) for (const block of blocks) slab.giveBack(block);
  }

  /** Forgets what was not flushed. The transport must not read what it kept any more: it is destroyed in the same turn. */
  discard(): void {
    this.#closeRegion();
    for (const block of this.#lentBlocks ?? []) slab.giveBack(block);
    this.released();
    this.#parts = undefined;
    this.#lentBlocks = undefined;
    this.#partBytes = 0;
  }

  /** True when no part is kept by the transport. */
  #writeParts(parts: readonly Uint8Array[], byteLength: number): boolean {
    if (parts.length === 1) return this.#transport.write(parts[0]);
    if (byteLength <= MAX_JOINED_BYTES || this.isCongested) {
      this.#transport.write(join(parts, byteLength));
      return true;
    }
    let isTaken = true;
    for (const part of parts) isTaken = this.#transport.write(part) && isTaken;
    return isTaken;
  }

  #settle(block: Uint8Array, isTaken: boolean): void {
    if (isTaken) {
      slab.giveBack(block);
      return;
    }
    this.#keptBlocks ??= [];
    this.#keptBlocks.push(block);
  }

  #closeRegion(): void {
    if (this.#end === this.#start) return;
    this.#addPart(this.block.subarray(this.#start, this.#end));
    this.#lentBlocks ??= [];
    this.#lentBlocks.push(this.block);
    this.#start = this.#end = 0;
    this.block = NOTHING;
  }

  #addPart(part: Uint8Array): void {
    this.#parts ??= [];
    this.#parts.push(part);
    this.#partBytes += part.length;
  }
}

/** One block with the parts' bytes, shared by everyone who joins the very same parts in a row. */
function join(parts: readonly Uint8Array[], byteLength: number): Uint8Array {
  if (joined !== undefined && isSame(joined.parts, parts)) return joined.bytes;
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  joined = { parts, bytes };
  return bytes;
}

function isSame(first: readonly Uint8Array[], second: readonly Uint8Array[]): boolean {
  if (first.length !== second.length) return false;
  for (let i = 0; i < first.length; i++) if (first[i] !== second[i]) return false;
  return true;
}
