// The messages of a TLS handshake, which records cut up and gather as they like (RFC 8446 §4, §5.1).

const HEADER_BYTES = 4;

/** RFC 8446 §4. */
export const HandshakeType = { NEW_SESSION_TICKET: 4, FINISHED: 20, KEY_UPDATE: 24 } as const;

/** Reads the kinds of messages from the content of handshake records, one after the other. */
export class HandshakeMessages {
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerLength = 0;
  /** Bytes of the message that are still to come. */
  #remaining = 0;

  /** The kinds of the messages that end in this content. */
  push(content: Uint8Array): number[] {
    const ended: number[] = [];
    for (let at = 0; at < content.length || this.#isAtEnd; ) {
      if (this.#isAtEnd) {
        ended.push(this.#header[0]);
        this.#headerLength = 0;
      } else if (this.#headerLength < HEADER_BYTES) {
        this.#header[this.#headerLength++] = content[at++];
        if (this.#headerLength === HEADER_BYTES) this.#remaining = this.byteLength - HEADER_BYTES;
      } else {
        const taken = Math.min(this.#remaining, content.length - at);
        this.#remaining -= taken;
        at += taken;
      }
    }
    return ended;
  }

  /** No message has begun. */
  get isBetween(): boolean {
    return this.#headerLength === 0;
  }

  /** How long the message is that has begun, as far as is known. */
  get byteLength(): number {
    const [, high, middle, low] = this.#header;
    return this.#headerLength < HEADER_BYTES ? 0 : HEADER_BYTES + ((high << 16) | (middle << 8) | low);
  }

  get #isAtEnd(): boolean {
    return this.#headerLength === HEADER_BYTES && this.#remaining === 0;
  }
}
