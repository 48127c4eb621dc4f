// A transport as a stream of Node's, for what wants one: TLS, an HTTP server, an HTTP request.

import { Duplex } from "node:stream";
import type { Endpoints } from "./endpoints.js";
import type { TransportError } from "./errors.js";
import { SocketTransport } from "./socket-transport.js";
import type { Transport, TransportSink } from "./transport.js";

const NOTHING = new Uint8Array(0);

/**
 * The connection as a stream in which `unread` comes first, and which does not flow yet. The transport is the stream's from
 * now on. A socket of Node's comes back as itself, paused.
 */
export function toStream(transport: Transport, unread: Uint8Array = NOTHING): Duplex {
  return transport instanceof SocketTransport
    ? transport.release(unread)
    : new TransportStream(transport, unread);
}

type Done = (error?: Error | null) => void;

/** Has what Node's HTTP and TLS ask of a socket beside the stream itself. */
export class TransportStream extends Duplex {
  readonly #transport: Transport;
  #isAttached = false;
  #isClosed = false;
  #onDrained: Done | undefined;
  #onClosed: (() => void) | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(transport: Transport, unread: Uint8Array) {
    super({ allowHalfOpen: true });
    this.#transport = transport;
    if (unread.length > 0) this.push(unread);
  }

  get remoteAddress(): string | undefined {
    return this.#transport.remoteAddress;
  }

  get encrypted(): boolean {
    return this.#transport.isSecure;
  }

  endpoints(): Endpoints {
    return this.#transport.endpoints?.() ?? { remote: undefined, local: undefined };
  }

  /** What carries the bytes. */
  get kind(): string {
    return this.#transport.kind;
  }

  ref(): this {
    this.#transport.setKeepAlive(true);
    return this;
  }

  unref(): this {
    this.#transport.setKeepAlive(false);
    return this;
  }

  /** The transport has its own, from the start. */
  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  /** As a socket's: emits "timeout" after so many milliseconds without traffic; 0 turns it off, and takes the
   * listener away. */
  setTimeout(timeoutMs: number, listener?: () => void): this {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = undefined;
    if (timeoutMs > 0) {
      this.#idleTimer = setTimeout(() => this.emit("timeout"), timeoutMs).unref();
      if (listener !== undefined) this.once("timeout", listener);
    } else if (listener !== undefined) this.off("timeout", listener);
    return this;
  }

  override _read(): void {
    this.#attach();
    this.#transport.resume();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: Done): void {
    this.#idleTimer?.refresh();
    this.#transport.write(chunk);
    // One chunk at a time: what waits in the transport is what the stream's own bound is for.
    if (this.#transport.pendingBytes === 0) done();
    else {
      // Whoever has no sink is told nothing; who has one begins to read.
      this.attachPaused();
      this.#onDrained = done;
    }
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: Done): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "binary", done);
  }

  override _final(done: Done): void {
    this.#transport.end();
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    clearTimeout(this.#idleTimer);
    if (this.#isClosed) {
      done(error);
      return;
    }
    this.#onClosed = () => done(error);
    this.#attach();
    this.#transport.destroy();
  }

  readonly #sink: TransportSink = {
    receive: (bytes, start, end) => {
      const chunk = Buffer.from(bytes.subarray(start, end));
      if (this.isTraffic(chunk)) this.#idleTimer?.refresh();
      this.received(chunk);
    },
    ended: () => this.peerEnded(),
    drained: () => this.transportDrained(),
    closed: (error) => this.#transportClosed(error),
  };

  /** Is told of the transport from now on, and reads nothing yet. */
  protected attachPaused(): void {
    if (this.#isAttached) return;
    this.#attach();
    this.#transport.pause();
  }

  /** Whether the bytes keep the connection from being idle. */
  protected isTraffic(_chunk: Buffer): boolean {
    return true;
  }

  /** Bytes that are the stream's own now. */
  protected received(chunk: Buffer): void {
    if (!this.push(chunk)) this.#transport.pause();
  }

  protected peerEnded(): void {
    this.push(null);
  }

  /** The transport has closed by itself. */
  protected transportLost(error: TransportError | undefined): void {
    // Whoever listens to a stream knows the system's errors, not ours.
    this.destroy(error && ((error.cause as Error | undefined) ?? error));
  }

  protected pauseTransport(): void {
    this.#transport.pause();
  }

  #attach(): void {
    if (this.#isAttached) return;
    this.#isAttached = true;
    this.#transport.attach(this.#sink);
  }

  protected transportDrained(): void {
    this.#settleWrite();
  }

  #settleWrite(error?: Error): void {
    const done = this.#onDrained;
    this.#onDrained = undefined;
    done?.(error);
  }

  #transportClosed(error: TransportError | undefined): void {
    this.#isClosed = true;
    this.#settleWrite();
    if (this.#onClosed !== undefined) this.#onClosed();
    else this.transportLost(error);
  }
}
