// What a played kernel knows of sockets: their address, and what has arrived and was not read: bytes, an end (0), or an
// error (-errno).

import { encodeInternetAddress } from "#src/uring/socket-address.js";

const EAGAIN = 11;

export class FakeSockets {
  /** How long the reads were that brought something. */
  readonly readLengths: number[] = [];
  /** Options that are more than a number, in the order in which they were set. */
  readonly options: { readonly level: number; readonly name: number; readonly value: Uint8Array }[] = [];
  /** What the next of them answer; later ones succeed. */
  readonly optionAnswers: number[] = [];
  readonly #arrivals = new Map<number, (Uint8Array | number)[]>();

  setBytes(level: number, name: number, value: Uint8Array): number {
    this.options.push({ level, name, value: new Uint8Array(value) });
    return this.optionAnswers.shift() ?? 0;
  }

  arrive(fd: number, arrivals: (Uint8Array | number)[]): void {
    this.#arrivals.set(fd, [...(this.#arrivals.get(fd) ?? []), ...arrivals]);
  }

  isEmpty(fd: number): boolean {
    return (this.#arrivals.get(fd) ?? []).length === 0;
  }

  /** The oldest; there has to be one. */
  take(fd: number): Uint8Array | number {
    return this.#arrivals.get(fd)?.shift() as Uint8Array | number;
  }

  /** What recv without waiting answers; it takes no more than one arrival. */
  read(fd: number, into: Uint8Array): number {
    if (this.isEmpty(fd)) return -EAGAIN;
    const arrival = this.take(fd);
    if (typeof arrival === "number") return arrival;
    const length = Math.min(arrival.length, into.length);
    into.set(arrival.subarray(0, length));
    if (length < arrival.length) this.#arrivals.get(fd)?.unshift(arrival.subarray(length));
    this.readLengths.push(length);
    return length;
  }
}

/** Writes an address of IPv4 with the port, and answers its length. */
export function writeAddress(bytes: Uint8Array, port: number): number {
  const address = encodeInternetAddress("127.0.0.1", port);
  bytes.set(address);
  return address.length;
}
