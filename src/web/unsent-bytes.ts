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
  /** Among what waits is something that a Close of the peer's would cut off. */
  #canBeDropped = false;
  /** Close is ours and comes behind everything that waits, which is therefore still sent. */
  #isClosedByUs = false;

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

  /** `canBeDropped`: the connection has not made frames of it yet, and will not once the peer has closed. */
  add(byteLength: number, canBeDropped: boolean): void {
    this.#waiting += byteLength;
    this.#canBeDropped ||= canBeDropped;
    if (this.#isFresh) return;
    this.#isFresh = true;
    setImmediate(() => {
      this.#isFresh = false;
      this.#settle();
    });
  }

  /** This end closes, behind everything that waits. */
  close(): void {
    this.#isClosedByUs = true;
  }

  /** The connection is over. With `isAllSent` the peer has confirmed that it has read everything. */
  end(isAllSent: boolean): void {
    this.#connection = undefined;
    if (isAllSent) this.#waiting = 0;
  }

  /** A connection counts bytes on the wire: with compression it may hold fewer than were sent, but none when it holds none. */
  #settle(): void {
    const connection = this.#connection;
    if (connection === undefined || this.#waiting === 0 || !this.#isSending(connection)) return;
    this.#waiting = Math.min(this.#waiting, connection.bufferedAmount);
    if (this.#waiting === 0) this.#canBeDropped = false;
    if (this.#waiting === 0 || this.#isWatching) return;
    this.#isWatching = true;
    // The low-water mark is 0, so this tells when all is taken. The connection may be over by the time that it is heard.
    void connection.drained().then((isTaken) => {
      this.#isWatching = false;
      const isKept = connection.readyState === 1 || this.#isClosedByUs || !this.#canBeDropped;
      if (isTaken && isKept && !this.#isFresh) this.#waiting = 0;
    });
  }

  /** Whether what the connection no longer holds has been sent. */
  #isSending({ readyState }: WebSocketConnection): boolean {
    return readyState === 1 || (readyState === 2 && (this.#isClosedByUs || !this.#canBeDropped));
  }
}
