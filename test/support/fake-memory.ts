// Addresses as a kernel sees them: where bytes lie, and what lies at an address.

interface Region {
  readonly base: number;
  readonly buffer: ArrayBufferLike;
}

/** Above 32 bits, and with the highest bit of the lower half set, so that an address that loses bits is noticed. */
const FIRST_ADDRESS = 0x7f12_8000_0000;
export const PAGE_BYTES = 4096;

export class FakeMemory {
  /** How far behind the beginning of a page memory begins that is asked about for the first time. */
  misalignment = 0;
  readonly #regions: Region[] = [];
  #next = FIRST_ADDRESS;

  addressOf(bytes: Uint8Array): number {
    return this.#regionOf(bytes.buffer).base + bytes.byteOffset;
  }

  /** The bytes themselves, not a copy. Throws where nobody has said that there is something. */
  at(address: number, length: number): Uint8Array<ArrayBufferLike> {
    const region = this.#regions.find(
      ({ base, buffer }) => address >= base && address + length <= base + buffer.byteLength,
    );
    if (region === undefined)
      throw new Error(`nothing lies at ${address.toString(16)}, ${length} bytes long`);
    return new Uint8Array(region.buffer, address - region.base, length);
  }

  #regionOf(buffer: ArrayBufferLike): Region {
    const known = this.#regions.find((region) => region.buffer === buffer);
    if (known !== undefined) return known;
    const region = { base: this.#next + this.misalignment, buffer };
    this.#regions.push(region);
    // A page that belongs to nobody lies between two regions.
    this.#next += (Math.ceil((this.misalignment + buffer.byteLength) / PAGE_BYTES) + 1) * PAGE_BYTES;
    return region;
  }
}
