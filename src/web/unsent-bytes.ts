// What `bufferedAmount` says: bytes of messages, without frames and compression, that were sent and have not been taken by the
// network "as of the last time the event loop reached step 1". It grows at once and falls between tasks only, and what was
// sent to a connection that was closing or over is never taken from it.

import type { WebSocketConnection } from "../connection/index.js";

export class UnsentBytes {
  #connection: WebSocketConnection | undefined;
  /** Bytes given to the connection that it may still hold. */
  #waiting = 0;
  /** Bytes that nobody will send. */
  #lost = 0;
  /** Something was sent in this task, which has to show until it is over. */
  #isFresh = false;
  #isWatching = false;

  /** What the connection holds counts from now on. */
  watch(connection: WebSocketConnection): void {
    this.#connection = connection;
  }

  get amount(): number {
    if (!this.#isFresh) this.#settle();
    return this.#waiting + this.#lost;
  }

  lose(byteLength: number): void {
    this.#lost += byteLength;
  }

  add(byteLength: number): void {
    this.#waiting += byteLength;
    if (this.#isFresh) return;
    this.#isFresh = true;
    setImmediate(() => {
      this.#isFresh = false;
      this.#settle();
    });
  }

  /** The connection is over. With `isAllSent` the peer has confirmed that it has read everything. */
  end(isAllSent: boolean): void {
    this.#connection = undefined;
    if (isAllSent) this.#waiting = 0;
  }

  /** A connection counts bytes on the wire: with compression it may hold fewer than were sent, but none when it holds none. */
  #settle(): void {
    const connection = this.#connection;
    if (connection === undefined || connection.readyState === 3 || this.#waiting === 0) return;
    this.#waiting = Math.min(this.#waiting, connection.bufferedAmount);
    if (this.#waiting === 0 || this.#isWatching) return;
    this.#isWatching = true;
    // The low-water mark is 0, so this resolves when all is taken, or will never be.
    void connection.drained().then(() => {
      this.#isWatching = false;
      if (!this.#isFresh && connection.readyState !== 3 && connection.bufferedAmount === 0) this.#settle();
    });
  }
}
