// The last messages of a room, bounded in number and in bytes, so that a room cannot be filled up with memory.

import type { ChatMessage } from "./protocol.js";

export class History {
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  readonly #entries: { message: ChatMessage; bytes: number }[] = [];
  #bytes = 0;

  constructor(maxMessages: number, maxBytes: number) {
    this.#maxMessages = maxMessages;
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Oldest first. */
  get messages(): ChatMessage[] {
    return this.#entries.map(({ message }) => message);
  }

  /** `bytes` is what the message takes on the wire. */
  add(message: ChatMessage, bytes: number): void {
    this.#entries.push({ message, bytes });
    this.#bytes += bytes;
    while (this.#entries.length > this.#maxMessages || this.#bytes > this.#maxBytes) {
      this.#bytes -= this.#entries.shift()?.bytes ?? 0;
    }
  }
}
