// The writable half of a WebSocketStream. One message at a time is given to the network, and the next one waits until that has
// been taken.

import type { BufferSource } from "../connection/index.js";
import type { Channel } from "./channel.js";
import { toBytes, toUsvString } from "./conversion.js";
import { Settlement } from "./settlement.js";

interface WriterHost {
  /** This end has closed. */
  isClosing(): boolean;
  close(): void;
  abort(reason: unknown): void;
}

export class StreamWriter {
  readonly writable: WritableStream<string | BufferSource>;
  readonly #channel: Channel;
  readonly #host: WriterHost;
  readonly #ended = new Settlement<void>();
  #controller: WritableStreamDefaultController | undefined;
  #write: Settlement<void> | undefined;
  #isOver = false;

  constructor(channel: Channel, host: WriterHost) {
    this.#channel = channel;
    this.#host = host;
    this.writable = new WritableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      write: (chunk) => this.#send(chunk),
      close: () => {
        host.close();
        // Draft: closing is done when the closing handshake is.
        return this.#ended.promise;
      },
      abort: (reason) => host.abort(reason),
    });
  }

  /** A message was written that the network has not taken as a whole. */
  get isWriting(): boolean {
    return this.#write !== undefined;
  }

  /** Nothing can be written any more. Without an error the end was clean. */
  end(error: unknown): void {
    this.#isOver = true;
    this.#ended.resolve();
    const write = this.#write;
    this.#write = undefined;
    if (write !== undefined) write.reject(closedError());
    else this.#controller?.error(error ?? closedError());
  }

  #send(chunk: unknown): Promise<void> {
    const payload = toBytes(chunk) ?? toUsvString(chunk);
    if (this.#isOver || this.#host.isClosing()) throw closedError();
    // Behind the peer's Close nothing is taken any more, and the end, which follows, is not clean for it.
    const write = new Settlement<void>();
    this.#write = write;
    void this.#channel.write(payload).then((isTaken) => isTaken && this.#taken(write));
    return write.promise;
  }

  /** What was not taken is settled by the end, which follows. */
  #taken(write: Settlement<void>): void {
    if (this.#write === write) this.#write = undefined;
    write.resolve();
  }
}

function closedError(): DOMException {
  return new DOMException("a closed WebSocketStream cannot be written to", "InvalidStateError");
}
