// The payload of one unfinished message in one growing block. However small the pieces and the frames in which it
// comes, time is linear and memory stays below twice what has arrived; only a frame of up to 64 KiB gets its whole room
// at once. Nothing big is allocated for bytes that were announced but have not arrived.

const FIRST_BLOCK_BYTES = 1024;
/** A frame up to this size is trusted with its announced length at once; beyond, capacity follows what arrived. */
const TRUSTED_BYTES = 65_536;

const NOTHING: Uint8Array = new Uint8Array(0);

function clearedBytes(length: number): Uint8Array {
  return new Uint8Array(length);
}

/** Where the payload of one unfinished message is kept. */
export interface PayloadStore {
  readonly length: number;
  /** The payload, up to `length`; valid until the next call. */
  readonly bytes: Uint8Array;
  /** Takes a range in. `announced` is how many bytes the sender says are coming in all, this range included. */
  append(bytes: Uint8Array, start: number, end: number, announced: number): void;
  /** As `append`, for bytes that are masked and stay so; they are unmasked on their way in. `key` begins with the first of
   * them. Tells whether every unmasked byte is ASCII; undefined, and nothing done, where unmasking them first is better, as
   * it always is without this method. */
  appendMasked?:
    | ((bytes: Uint8Array, start: number, end: number, announced: number, key: number) => boolean | undefined)
    | undefined;
  /** The whole payload in a block of its own size; the store is empty afterwards. */
  take(): Uint8Array;
  clear(): void;
}

export class MessageBuffer implements PayloadStore {
  #block = NOTHING;
  #length = 0;
  /** The message's length at the end of the frame for which the block grew last. */
  #promised = 0;
  readonly #allocate: (length: number) => Uint8Array;

  /** `allocate` answers memory of the length that may hold anything. Default: `clearedBytes`. */
  constructor(allocate: (length: number) => Uint8Array = clearedBytes) {
    this.#allocate = allocate;
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): Uint8Array {
    return this.#block;
  }

  /** Memory held: a probe, by which tests hold this to its bound. */
  get capacity(): number {
    return this.#block.length;
  }

  append(bytes: Uint8Array, start: number, end: number, announced: number): void {
    const needed = this.#length + (end - start);
    if (needed > this.#block.length) this.#grow(needed, announced);
    copyInto(this.#block, this.#length, bytes, start, end);
    this.#length = needed;
  }

  take(): Uint8Array {
    const bytes = this.#length === this.#block.length ? this.#block : this.#block.slice(0, this.#length);
    this.clear();
    return bytes;
  }

  clear(): void {
    this.#block = NOTHING;
    this.#length = 0;
    this.#promised = 0;
  }

  #grow(needed: number, announced: number): void {
    const total = this.#length + announced;
    const trusted = total <= TRUSTED_BYTES ? total : Math.min(total, 2 * this.#block.length);
    // Another frame than the last time: more may follow, and a copy of everything for each of them would be quadratic.
    const spare = total === this.#promised ? 0 : Math.floor(1.5 * this.#block.length);
    this.#promised = total;
    const block = this.#allocate(Math.max(needed, trusted, spare, Math.min(total, FIRST_BLOCK_BYTES)));
    copyInto(block, 0, this.#block, 0, this.#length);
    this.#block = block;
  }
}

/** Below this a loop beats the view that `set` needs. */
const LOOP_BYTES = 32;

function copyInto(target: Uint8Array, offset: number, source: Uint8Array, start: number, end: number): void {
  if (end - start > LOOP_BYTES) target.set(source.subarray(start, end), offset);
  else for (let i = start, at = offset; i < end; i++, at++) target[at] = source[i];
}
