// A connection of `ws` as a Duplex: a chunk of the readable side is a message, a chunk that is written becomes one. The
// stream's life follows the connection's: `end` closes it, `close` follows its close, and destroying terminates it.

import { Duplex, type DuplexOptions } from "node:stream";

/** What is asked of the connection: `ws`'s WebSocket has it, and whatever has the same interface. */
export interface StreamedWebSocket {
  readonly readyState: number;
  readonly isPaused: boolean;
  readonly CONNECTING: number;
  readonly CLOSED: number;
  /** The connection's socket; null while there is none, and when there will never be one. */
  readonly _socket?: Duplex | null | undefined;
  on(event: "message", listener: (data: { toString(): string }, isBinary: boolean) => void): unknown;
  once(event: "open" | "close", listener: () => void): unknown;
  once(event: "error", listener: (error: Error) => void): unknown;
  send(data: unknown, callback: (error?: Error | null) => void): void;
  pause(): void;
  resume(): void;
  close(): void;
  terminate(): void;
}

/**
 * The Duplex over `ws`. Takes the options of `Duplex`; of those, `objectMode`, `writableObjectMode`, `autoDestroy` and
 * `emitClose` are decided here. With `readableObjectMode` each chunk is a message as it came, text as a string; without it
 * all are bytes. Messages that came before the call, and those of a paused connection, are the caller's business.
 */
export function createWebSocketStream(ws: StreamedWebSocket, options?: DuplexOptions): Duplex {
  const stream = new WebSocketDuplex(ws, options);
  stream.on("end", endsBothSides);
  stream.on("error", destroysOnce);
  return stream;
}

class WebSocketDuplex extends Duplex {
  readonly #ws: StreamedWebSocket;
  /** An error of the connection closes it by itself, with a Close frame that terminating could overtake. */
  #hasConnectionFailed = false;

  constructor(ws: StreamedWebSocket, options: DuplexOptions | undefined) {
    super({
      ...options,
      // What carries the chunks is decided here, whatever else was given.
      read: undefined,
      write: undefined,
      final: undefined,
      destroy: undefined,
      // When the stream is destroyed and when it emits close is said by the connection.
      autoDestroy: false,
      emitClose: false,
      objectMode: false,
      writableObjectMode: false,
    });
    this.#ws = ws;
    // Whoever wraps one of these takes it off the stream, and calls it by itself.
    this._read = this._read.bind(this);
    this._write = this._write.bind(this);
    this._final = this._final.bind(this);
    this._destroy = this._destroy.bind(this);
    ws.on("message", (data, isBinary) => {
      const isText = !isBinary && this.readableObjectMode;
      if (!this.push(isText ? data.toString() : data)) ws.pause();
    });
    ws.once("error", (error) => {
      if (this.destroyed) return;
      this.#hasConnectionFailed = true;
      this.destroy(error);
    });
    ws.once("close", () => {
      if (!this.destroyed) this.push(null);
    });
  }

  override _read(): void {
    if (this.#ws.isPaused) this.#ws.resume();
  }

  override _write(chunk: unknown, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    const ws = this.#ws;
    if (ws.readyState === ws.CONNECTING) ws.once("open", () => this._write(chunk, encoding, callback));
    else ws.send(chunk, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    const ws = this.#ws;
    if (ws.readyState === ws.CONNECTING) {
      ws.once("open", () => this._final(callback));
      return;
    }
    const socket = ws._socket;
    // The handshake has failed, and the error that says so is on its way.
    if (!socket) return;
    if (socket.writableFinished) {
      callback();
      if (this.readableEnded) this.destroy();
      return;
    }
    // The readable side ends after this, when the connection is closed, and destroys the stream then.
    socket.once("finish", () => callback());
    ws.close();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const ws = this.#ws;
    if (ws.readyState === ws.CLOSED) {
      callback(error);
      process.nextTick(emitClose, this);
      return;
    }
    let isCalled = false;
    ws.once("error", (failure) => {
      isCalled = true;
      callback(failure);
    });
    ws.once("close", () => {
      if (!isCalled) callback(error);
      process.nextTick(emitClose, this);
    });
    if (!this.#hasConnectionFailed) ws.terminate();
  }
}

function emitClose(stream: Duplex): void {
  stream.emit("close");
}

function endsBothSides(this: Duplex): void {
  if (!this.destroyed && this.writableFinished) this.destroy();
}

/** An error of the stream's own ends the connection; where nobody listens for it, it is thrown as ever. */
function destroysOnce(this: Duplex, error: Error): void {
  this.removeListener("error", destroysOnce);
  this.destroy();
  if (this.listenerCount("error") === 0) this.emit("error", error);
}
