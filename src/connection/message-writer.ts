// Messages one after the other, each as soon as there is room for it: what streams of both kinds write with.

import { CloseCode } from "../protocol/index.js";
import { type MessageData, payloadOf } from "./message.js";
import type { WebSocketConnection } from "./websocket-connection.js";

/** Close codes with which a peer may answer a writer that has come to its end without a word of what went wrong. */
const contentCodes: ReadonlySet<number> = new Set([
  CloseCode.NORMAL,
  CloseCode.GOING_AWAY,
  CloseCode.NO_STATUS,
]);

export class MessageWriter {
  readonly #ws: WebSocketConnection;
  #isAborted = false;
  #stopWaiting: (() => void) | undefined;

  constructor(ws: WebSocketConnection) {
    this.#ws = ws;
  }

  /**
   * Resolves when there is room for the next message. Rejects with `StateError` for what is no message, with `ClosedError`
   * when the connection is closing, and with `LimitError` `BUFFER_FULL` when others have filled it.
   */
  async write(data: MessageData | Blob): Promise<void> {
    // Of the objects that `send` takes a ping would be none of the messages, and a Close would end them.
    if (!(data instanceof Blob)) payloadOf(data);
    // Others may send too, and what they have filled must not fail this message.
    if (this.#ws.bufferedAmount > 0) await this.#room();
    if (this.#isAborted) return;
    const result = this.#ws.send(data);
    if (result === "dropped") await this.refusal();
    if (result === "buffered") await this.#room();
  }

  /** Resolves when the peer has answered the Close that follows what was written. Rejects unless it was content. */
  async close(): Promise<void> {
    const { wasClean, code } = await this.#ws.close(CloseCode.NORMAL);
    if (!wasClean || !contentCodes.has(code)) await this.refusal();
  }

  /** Nothing more is waited for, and the peer learns that what it has got is not all. */
  abort(): void {
    this.#isAborted = true;
    this.#stopWaiting?.();
    void this.#ws.close(CloseCode.INTERNAL_ERROR);
  }

  /** Rejects with why nothing is accepted. */
  refusal(): Promise<void> {
    // A stream is refused with all that is known of a connection's end, the cause included.
    return this.#ws.sendStream([]);
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#stopWaiting = resolve;
      void this.#ws.drained().then(() => resolve());
    });
  }
}
