// An entry of the submission queue as a kernel reads it: struct io_uring_sqe of linux/io_uring.h.

export class Submission {
  /** All 64 bytes, as they were when the kernel took them. */
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get opcode(): number {
    return this.bytes[0];
  }

  get fd(): number {
    return this.#view.getInt32(4, true);
  }

  get offset(): number {
    return Number(this.#view.getBigUint64(8, true));
  }

  get address(): number {
    return Number(this.#view.getBigUint64(16, true));
  }

  get length(): number {
    return this.#view.getUint32(24, true);
  }

  /** Whose meaning depends on the opcode: msg_flags, accept_flags, cancel_flags. */
  get operationFlags(): number {
    return this.#view.getUint32(28, true);
  }

  get userData(): bigint {
    return this.#view.getBigUint64(32, true);
  }

  /** What the owner calls it: the upper half, without the bit that says that its results are descriptors. */
  get kind(): number {
    return this.#view.getUint32(36, true) & 0x7fff_ffff;
  }

  /** What a cancel is aimed at, unless at a descriptor. */
  get target(): bigint {
    return this.#view.getBigUint64(16, true);
  }
}
