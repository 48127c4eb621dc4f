// One connection that speaks plain HTTP: its requests have their turns one after the other, and it ends without taking the
// last response away from a client that is still sending.

import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createRefusal, reasonOf } from "../handshake/index.js";
import type { RequestBody } from "./request-body.js";

/** How much of a body that nobody wanted is read so that the connection can go on; the same as in Go's net/http. */
export const MAX_DRAINED_BYTES = 262_144;
/** Requests that may wait behind the one being answered before the client has to wait with more. */
const MAX_WAITING = 16;

/** What happens on a connection, one after the other. */
export interface Turn {
  /** Begins it. Not called when the connection is left before. */
  begin(done: () => void): void;
  /** The connection is left: nobody wants what still comes for this turn. */
  drop(): void;
  /** What comes for this turn cannot be read. Answers false when all has come, so that the fault is behind it. */
  interrupt(error: Error, status: number): boolean;
}

/** Where a stream's connection is found. */
const current = Symbol("connection");
type ClosingStream = Duplex &
  Partial<Pick<Socket, "destroySoon" | "setTimeout">> & { [current]?: HttpConnection };

const ignore = (): void => {};

export class HttpConnection {
  readonly #stream: ClosingStream;
  readonly #closeTimeoutMs: number;
  readonly #turns: Turn[] = [];
  /** What is read after its answer was complete. */
  #drained: RequestBody | undefined;
  #deadline: NodeJS.Timeout | undefined;
  /** Nothing that comes can be understood any more. */
  #isBroken = false;
  /** What comes behind the last turn is for whoever gets the stream then, or for nobody. */
  #isHandedOn = false;
  #isPaused = false;
  #isLeaving = false;
  #hasEnded = false;
  /** No request has come yet. */
  isFresh = true;

  /** The connection that the stream is; undefined when it has gone to somebody else, or is closed. */
  static of(stream: Duplex): HttpConnection | undefined {
    return (stream as ClosingStream)[current];
  }

  /** Node's server has the stream already. */
  constructor(stream: ClosingStream, closeTimeoutMs: number) {
    this.#stream = stream;
    this.#closeTimeoutMs = closeTimeoutMs;
    stream[current] = this;
    stream.on("error", ignore).on("end", this.#onEnd);
    stream.on("timeout", this.#onTimeout).on("close", this.#onClose);
    // Node reads on behind every complete request, and the next one may have come already.
    const { resume } = stream;
    stream.resume = () => (this.#isHeld ? stream : resume.call(stream));
    // What Node calls once the last response has been sent would cut off a client that is still sending.
    stream.destroySoon = () => this.leave();
  }

  /** Waits for what came before, and then begins. */
  take(turn: Turn): void {
    if (this.#isLeaving || this.#isBroken || this.#isHandedOn) {
      turn.drop();
      return;
    }
    this.isFresh = false;
    this.#turns.push(turn);
    if (this.#turns.length === 1) turn.begin(this.#next);
    this.#hold();
  }

  /** The same, of a turn behind which nothing is for us to read. */
  takeLast(turn: Turn): void {
    this.take(turn);
    this.#isHandedOn = true;
  }

  /** What comes is no HTTP, or not in time: answers with the status when what came before has been answered. `refused` is told
   * when that is the answer to no request that is known. */
  break(error: Error, status: number, refused: () => void = ignore): void {
    if (this.#isBroken || this.#isLeaving || !this.#stream.writable) return;
    const isTaken = this.#turns.at(-1)?.interrupt(error, status);
    if (this.#drained !== undefined) this.leave();
    else if (!isTaken) {
      const begin = (): void => {
        refused();
        this.refuse(status);
      };
      this.take({ begin, drop: ignore, interrupt: () => true });
    }
    this.#isBroken = true;
    this.#hold();
  }

  /** Answers without a response of Node's, and leaves. */
  refuse(status: number): void {
    if (this.#stream.writable) this.#stream.write(createRefusal({ status, body: `${reasonOf(status)}\n` }));
    this.leave();
  }

  /** Its answer is complete and the body is not: reads on for a while, so that another request can follow. */
  drain(body: RequestBody): void {
    if (this.#isBroken) {
      this.leave();
      return;
    }
    let left = MAX_DRAINED_BYTES;
    this.#drained = body;
    this.#setDeadline(() => this.leave());
    body.drop(
      (byteLength) => {
        left -= byteLength;
        if (left < 0) this.leave();
      },
      () => {
        this.#drained = undefined;
        if (!this.#isLeaving) clearTimeout(this.#deadline);
      },
    );
  }

  /**
   * Ends the connection in stages. RFC 9112 §9.6: "To avoid the TCP reset problem, servers typically close a connection in
   * stages": what the client still sends is read and forgotten until it ends as well, or its time is over.
   */
  leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#stream.end();
    this.#setDeadline(() => this.#stream.destroy());
    // RFC 9112 §9.6: "The server MUST NOT process any further requests received on that connection."
    for (const turn of this.#turns.splice(0)) turn.drop();
    this.#drained?.drop(ignore);
    this.#stream.resume();
  }

  /** The server closes: what has been asked is answered, what has not is no more. */
  close(): void {
    if (this.#turns.length > 0 || this.#isLeaving) return;
    if (this.#drained !== undefined) this.leave();
    else this.#stream.destroy();
  }

  /** The stream goes to somebody else. */
  release(): void {
    const stream = this.#stream;
    stream
      .off("error", ignore)
      .off("end", this.#onEnd)
      .off("timeout", this.#onTimeout)
      .off("close", this.#onClose);
    delete stream.destroySoon;
    delete (stream as Partial<Duplex>).resume;
    this.#onClose();
  }

  readonly #next = (): void => {
    if (this.#isLeaving) return;
    this.#turns.shift();
    this.#turns[0]?.begin(this.#next);
    if (!this.#isPaused || this.#isHeld || this.#isHandedOn) return;
    this.#isPaused = false;
    this.#stream.resume();
  };

  get #isHeld(): boolean {
    return !this.#isLeaving && (this.#isBroken || this.#turns.length > MAX_WAITING);
  }

  #hold(): void {
    if (!this.#isHeld) return;
    this.#isPaused = true;
    this.#stream.pause();
  }

  /** The client has nothing more to say. What it waits for it gets, unless it hears nothing for too long. */
  readonly #onEnd = (): void => {
    this.#hasEnded = true;
    if (this.#turns.length > 0) this.#stream.setTimeout?.(this.#closeTimeoutMs);
  };

  /** Nothing has moved on the connection for the time that was set. */
  readonly #onTimeout = (): void => {
    if (this.#isLeaving) return;
    // Otherwise it is the handler that takes its time, and the client may wait for it.
    if (this.#turns.length === 0 || this.#hasEnded || this.#stream.writableLength > 0) this.#stream.destroy();
  };

  readonly #onClose = (): void => {
    delete this.#stream[current];
    clearTimeout(this.#deadline);
    this.#turns.length = 0;
  };

  #setDeadline(expire: () => void): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(expire, this.#closeTimeoutMs).unref();
  }
}
