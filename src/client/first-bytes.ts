// What a server begins its answer with, when that is no HTTP: often enough to tell what it speaks instead.

const MAX_SHOWN = 16;
const BEGINNING = "HTTP/";
const TLS_ALERT = 0x15;
const TLS_HANDSHAKE = 0x16;
const HTTP2_SETTINGS = 4;

export class FirstBytes {
  readonly #bytes: number[] = [];

  /** Nothing has come yet. */
  get isEmpty(): boolean {
    return this.#bytes.length === 0;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end && this.#bytes.length < MAX_SHOWN; at++) this.#bytes.push(bytes[at]);
  }

  /** They can be, or become, the beginning of a response. Source: RFC 9112 §4. */
  get canBeResponse(): boolean {
    const text = String.fromCharCode(...this.#bytes.slice(0, BEGINNING.length));
    return BEGINNING.startsWith(text);
  }

  /** The bytes as they came, and what they are known for. */
  describe(): string {
    const [first, second, , fourth] = this.#bytes;
    // RFC 8446 §5.1: a record begins with its type, and version 3.
    if ((first === TLS_ALERT || first === TLS_HANDSHAKE) && second === 3)
      return `${hex(this.#bytes.slice(0, 2))}: TLS`;
    // RFC 9113 §3.4, §4.1: a server begins with a SETTINGS frame, whose length is three bytes.
    if (first === 0 && fourth === HTTP2_SETTINGS) return `${hex(this.#bytes.slice(0, 4))}: HTTP/2`;
    const isText = this.#bytes.every(
      (byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0d || byte === 0x0a,
    );
    return isText ? JSON.stringify(String.fromCharCode(...this.#bytes)) : hex(this.#bytes.slice(0, 8));
  }
}

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(" ");
}
