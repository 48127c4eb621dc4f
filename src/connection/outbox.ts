// Everything a connection sends between two flushes, leaving as one write. Frames are encoded straight into lent
// memory; finished frames that many connections share are added as they are.

import type { FrameOutput } from "../protocol/index.js";
import type { Transport } from "../transport/index.js";
import { concatBytes } from "./concat-bytes.js";
import { type LargeBlock, LargeBlocks } from "./large-blocks.js";
import { SendBacklog } from "./send-backlog.js";
import { SendBlock, SendSlab } from "./send-slab.js";

const slab = new SendSlab();
const largeBlocks = new LargeBlocks();
const NO_BLOCK = new SendBlock(new Uint8Array(0));

/** Where lent memory goes back to. */
type Home = SendBlock | LargeBlock;

/** A finished piece of output; with `home`, one that has to be released there. */
interface Part {
  readonly bytes: Uint8Array;
  readonly home: Home | undefined;
  readonly isShared: boolean;
}

/** Shared parts as one block. */
interface Join {
  readonly parts: readonly Part[];
  readonly bytes: Uint8Array;
}

/** The last join of shared parts. In a broadcast a thousand connections join the same frames one after the other, within
 * one callback. So long a weak reference keeps its target, and not much longer. */
let lastJoin: WeakRef<Join> | undefined;
/** Beyond this a join costs more than the writes it saves. */
const MAX_JOINED_BYTES = 131_072;

/** What an outbox needs of a transport. */
export type OutboxTransport = Pick<Transport, "write" | "isCongested" | "pendingBytes">;

export class Outbox implements FrameOutput {
  readonly #transport: OutboxTransport;
  /** The block of the open region, which is empty between two flushes. */
  #home: Home = NO_BLOCK;
  #start = 0;
  #end = 0;
  /** Finished parts before the open region. */
  #parts: Part[] | undefined;
  #partBytes = 0;
  /** Flushed while the network took nothing more. */
  #backlog: SendBacklog | undefined;

  constructor(transport: OutboxTransport) {
    this.#transport = transport;
  }

  get block(): Uint8Array {
    return this.#home.bytes;
  }

  /** Bytes of this turn, which a flush would send. */
  get unflushedBytes(): number {
    return this.#partBytes + (this.#end - this.#start);
  }

  /** Bytes sent by the application that the network has not taken. */
  get bufferedBytes(): number {
    const bytes = this.unflushedBytes + this.#transport.pendingBytes;
    return this.#backlog === undefined ? bytes : bytes + this.#backlog.byteLength;
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
      this.#home = largeBlocks.lend(length);
      this.#addPart(this.#home.bytes.subarray(0, length), this.#home, false);
      return 0;
    }
    this.#start = slab.lend(length);
    this.#home = slab.block;
    this.#end = this.#start + length;
    return this.#start;
  }

  append(bytes: Uint8Array): void {
    this.#closeRegion();
    this.#addPart(bytes, undefined, true);
  }

  /** Gives everything to the transport, as soon as the network takes it. */
  flush(): void {
    if (this.#backlog === undefined && !this.isCongested) {
      this.#writeAll();
      return;
    }
    this.#park();
    while (this.#backlog !== undefined && !this.isCongested) this.#writeBacklog(this.#backlog);
  }

  /** Gives everything to the transport, which will be written to no more. */
  flushAll(): void {
    this.flush();
    while (this.#backlog !== undefined) this.#writeBacklog(this.#backlog);
  }

  /** Forgets what was not given to the transport. */
  discard(): void {
    this.#closeRegion();
    for (const { home } of this.#parts ?? []) home?.release();
    this.#forget();
    this.#backlog = undefined;
  }

  #writeAll(): void {
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
    this.#forget();
    this.#writeParts(parts);
  }

  /** Behind bytes that wait, these wait too. */
  #park(): void {
    this.#closeRegion();
    const parts = this.#parts;
    if (parts === undefined) return;
    this.#forget();
    this.#backlog ??= new SendBacklog();
    for (const { bytes, home } of parts) {
      // A block of its own goes along, and is not used for others again.
      const isLent = home instanceof SendBlock;
      this.#backlog.add(bytes, isLent);
      if (isLent) home.release();
    }
  }

  #writeBacklog(backlog: SendBacklog): void {
    this.#transport.write(backlog.take());
    if (backlog.byteLength === 0) this.#backlog = undefined;
  }

  #writeRegion(region: Uint8Array, home: Home): void {
    if (this.#transport.write(region, home)) home.release();
  }

  /** Small parts leave together, and only a large one by itself. */
  #writeParts(parts: readonly Part[]): void {
    for (let from = 0; from < parts.length; ) {
      const to = endOfRun(parts, from);
      if (to - from > 1) this.#writeJoined(parts.slice(from, to));
      else this.#writePart(parts[from]);
      from = to;
    }
  }

  #writePart({ bytes, home }: Part): void {
    if (home === undefined) this.#transport.write(bytes);
    else this.#writeRegion(bytes, home);
  }

  #writeJoined(parts: readonly Part[]): void {
    this.#transport.write(join(parts));
    for (const { home } of parts) home?.release();
  }

  #closeRegion(): void {
    if (this.#end > this.#start) {
      this.#addPart(this.block.subarray(this.#start, this.#end), this.#home, false);
    }
    this.#start = this.#end = 0;
    this.#home = NO_BLOCK;
  }

  #addPart(bytes: Uint8Array, home: Home | undefined, isShared: boolean): void {
    this.#parts ??= [];
    this.#parts.push({ bytes, home, isShared });
    this.#partBytes += bytes.length;
  }

  #forget(): void {
    this.#parts = undefined;
    this.#partBytes = 0;
    this.#start = this.#end = 0;
    this.#home = NO_BLOCK;
  }
}

/** The end of the parts that leave in one write with the one at `from`. */
function endOfRun(parts: readonly Part[], from: number): number {
  let to = from;
  for (let byteLength = 0; to < parts.length; to++) {
    byteLength += parts[to].bytes.length;
    if (byteLength > MAX_JOINED_BYTES) break;
  }
  return Math.max(to, from + 1);
}

/** One block with the parts' bytes, shared by everyone who joins the very same parts in a row. */
function join(parts: readonly Part[]): Uint8Array {
  const areShared = parts.every(({ isShared }) => isShared);
  const last = areShared ? lastJoin?.deref() : undefined;
  if (last !== undefined && isSame(last.parts, parts)) return last.bytes;
  const bytes = concatBytes(...parts.map((part) => part.bytes));
  if (areShared) lastJoin = new WeakRef({ parts, bytes });
  return bytes;
}

function isSame(first: readonly Part[], parts: readonly Part[]): boolean {
  if (first.length !== parts.length) return false;
  for (let i = 0; i < first.length; i++) if (first[i].bytes !== parts[i].bytes) return false;
  return true;
}
