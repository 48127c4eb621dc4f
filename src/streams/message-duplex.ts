// A connection as a duplex stream of Node's: a chunk that is written is a message, a message that comes is a chunk.

import { Duplex } from "node:stream";
import { MessageWriter, type WebSocketConnection } from "../connection/index.js";
import { describeValue, invalidArgument } from "../protocol/index.js";
import { checkDuplexOptions, type DuplexStreamOptions } from "./duplex-options.js";

/**
 * A duplex stream over an open connection. Without object mode each chunk that is written becomes one binary message (text if
 * it is a string and `decodeStrings` is false), and the bytes of each message that comes are read, those of text as UTF-8.
 * Nothing is read ahead of `highWaterMark` but what the connection's inbox holds, and a write is done when the connection has
 * room for the next.
 *
 * `end()` closes the connection with 1000 behind what was written; "finish" comes when the peer has answered. There is no
 * half-closed WebSocket: what arrives after `end()` is not delivered. The peer's Close ends the readable side, and with it
 * the writable one; a connection that ends without one destroys the stream with `ClosedError`, as does a write that is not
 * accepted. `destroy(error)` closes with 1011, and so does `destroy()` while written chunks wait; else that closes with 1000.
 * Leaving a loop over it destroys it with an error, as Node.js does that.
 *
 * Throws `StateError`: `ALREADY_ITERATING` when a `message` handler gets the messages, `INVALID_ARGUMENT` for what is no
 * connection, and for options that are not known or out of range.
 */
export function createDuplex(ws: WebSocketConnection, options: DuplexStreamOptions = {}): Duplex {
  checkDuplexOptions(options);
  const { sendStream, [Symbol.asyncIterator]: iterate } = Object(ws) as Partial<WebSocketConnection>;
  if (typeof sendStream !== "function" || typeof iterate !== "function")
    throw invalidArgument(`createDuplex takes a connection, not ${describeValue(ws)}`);
  return new MessageDuplex(ws, options);
}

class MessageDuplex extends Duplex {
  readonly #ws: WebSocketConnection;
  readonly #messages: AsyncIterator<string | Uint8Array>;
  readonly #writer: MessageWriter;
  /** The peer has ended it, and nobody has claimed to have written all. */
  #isEndedByPeer = false;
  /** Why nothing more comes, behind chunks that nobody has read yet. */
  #loss: Error | undefined;

  constructor(ws: WebSocketConnection, options: DuplexStreamOptions) {
    const messages = ws[Symbol.asyncIterator]();
    super(options);
    this.#ws = ws;
    this.#messages = messages;
    this.#writer = new MessageWriter(ws);
    this.once("end", () => {
      this.#isEndedByPeer = !this.writableEnded;
      this.end();
    });
    // Whoever reads nothing at the moment learns of the end, too.
    void ws.closed.then(() => this.read(0));
  }

  override read(size?: number): unknown {
    const chunk: unknown = super.read(size);
    if (this.#loss !== undefined && this.readableLength === 0) this.destroy(this.#loss);
    return chunk;
  }

  override _read(): void {
    this.#messages.next().then(
      ({ done, value }) => {
        if (this.destroyed) return;
        // Without object mode there are no empty chunks, and pushing one would not ask for another.
        if (!done && value.length === 0 && !this.readableObjectMode) this._read();
        else this.push(done ? null : value);
        if (done) this.read(0);
      },
      (error: Error) => this.#lose(error),
    );
  }

  /** A stream that is destroyed forgets what nobody has read yet. */
  #lose(error: Error): void {
    if (this.readableLength === 0) this.destroy(error);
    else this.#loss = error;
  }

  override _write(chunk: unknown, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // Without object mode, a string of another encoding than UTF-8 stands for bytes.
    const isBytes = typeof chunk === "string" && !this.writableObjectMode && !/^utf-?8$/i.test(encoding);
    const data = isBytes ? Buffer.from(chunk, encoding) : (chunk as string | Uint8Array);
    this.#writer.write(data).then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#isEndedByPeer) done();
    else this.#writer.close().then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (error !== null || this.writableLength > 0) this.#writer.abort();
    else void this.#ws.close();
    done(error);
  }
}
