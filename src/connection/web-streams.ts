// A connection as a pair of web streams. Neither holds anything by itself: what is not read waits in the connection's
// inbox, and a write is done when the connection has room for the next.

import { CloseCode } from "../protocol/index.js";
import type { BufferSource } from "./message.js";
import { MessageWriter } from "./message-writer.js";
import type { WebSocketConnection } from "./websocket-connection.js";

/** Both streams of a connection, each made when it is asked for. */
export class WebStreams {
  readonly #ws: WebSocketConnection;
  #readable: ReadableStream<string | Uint8Array> | undefined;
  #writable: WritableStream<string | BufferSource | Blob> | undefined;

  constructor(ws: WebSocketConnection) {
    this.#ws = ws;
  }

  get readable(): ReadableStream<string | Uint8Array> {
    this.#readable ??= new ReadableStream(new ReadableSource(this.#ws), { highWaterMark: 0 });
    return this.#readable;
  }

  get writable(): WritableStream<string | BufferSource | Blob> {
    this.#writable ??= new WritableStream(new WritableSink(this.#ws), { highWaterMark: 1 });
    return this.#writable;
  }
}

type Messages = string | Uint8Array;

/** The standard's controller; the types of Node's have no `signal`. */
type SinkController = WritableStreamDefaultController & { readonly signal: AbortSignal };

class ReadableSource {
  readonly #ws: WebSocketConnection;
  #messages: AsyncIterator<Messages> | undefined;
  #isCancelled = false;

  constructor(ws: WebSocketConnection) {
    this.#ws = ws;
  }

  /** From here on messages are kept for the stream, even where handlers have no use for them. */
  start(controller: ReadableStreamDefaultController<Messages>): void {
    try {
      this.#messages = this.#ws[Symbol.asyncIterator]();
    } catch (error) {
      controller.error(error);
    }
  }

  async pull(controller: ReadableStreamDefaultController<Messages>): Promise<void> {
    const result = await this.#messages?.next();
    if (this.#isCancelled) return;
    if (result === undefined || result.done) controller.close();
    else controller.enqueue(result.value);
  }

  cancel(): void {
    this.#isCancelled = true;
    void this.#ws.close(CloseCode.NORMAL);
  }
}

class WritableSink {
  readonly #ws: WebSocketConnection;
  readonly #writer: MessageWriter;
  #isClosing = false;

  constructor(ws: WebSocketConnection) {
    this.#ws = ws;
    this.#writer = new MessageWriter(ws);
  }

  start(controller: WritableStreamDefaultController): void {
    const { signal } = controller as SinkController;
    // `abort` below is not called before the write in progress is done, which waits for the peer.
    signal.addEventListener("abort", () => this.#writer.abort());
    // Whoever has nothing to write at the moment learns of the end, too.
    void this.#ws.closed.then(() => {
      if (!this.#isClosing) this.#writer.refusal().catch((error) => controller.error(error));
    });
  }

  async write(data: string | BufferSource | Blob): Promise<void> {
    try {
      await this.#writer.write(data);
    } catch (error) {
      // The stream is at its end, and so is what the peer gets of it.
      this.#writer.abort();
      throw error;
    }
  }

  close(): Promise<void> {
    this.#isClosing = true;
    return this.#writer.close();
  }
}
