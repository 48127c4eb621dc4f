// One request head out, one response head in, over a transport: the opening handshake and a proxy's CONNECT.

import { FinalResponseReader, HandshakeError, type ResponseHead } from "../handshake/index.js";
import type { Transport, TransportError, TransportSink } from "../transport/index.js";

/** A response head, and the bytes that came behind it. */
export interface HeadAnswer {
  readonly head: ResponseHead;
  readonly early: Uint8Array | undefined;
}

interface Settle {
  resolve(answer: HeadAnswer): void;
  reject(error: unknown): void;
}

class HeadExchange implements TransportSink {
  readonly #transport: Transport;
  readonly #deadline: AbortSignal;
  readonly #settle: Settle;
  readonly #reader = new FinalResponseReader();

  constructor(transport: Transport, deadline: AbortSignal, settle: Settle) {
    this.#transport = transport;
    this.#deadline = deadline;
    this.#settle = settle;
    deadline.addEventListener("abort", this.#onAbort);
    transport.attach(this);
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    const at = this.#reader.receive(bytes, start, end);
    const { result } = this.#reader;
    if (result instanceof HandshakeError) this.#fail(result);
    else if (result !== undefined) this.#finish(result, at < end ? bytes.slice(at, end) : undefined);
  }

  ended(): void {
    this.#fail(new HandshakeError("CONNECTION_ENDED", "the server ended the connection before it answered"));
  }

  drained(): void {}

  closed(error: TransportError | undefined): void {
    this.#fail(
      error ?? new HandshakeError("CONNECTION_ENDED", "the connection ended before the server answered"),
    );
  }

  #finish(head: ResponseHead, early: Uint8Array | undefined): void {
    this.#deadline.removeEventListener("abort", this.#onAbort);
    // Whatever comes next belongs to whoever gets the transport.
    this.#transport.pause();
    this.#settle.resolve({ head, early });
  }

  #fail(error: unknown): void {
    this.#deadline.removeEventListener("abort", this.#onAbort);
    this.#transport.destroy();
    this.#settle.reject(error);
  }

  readonly #onAbort = (): void => this.#fail(this.#deadline.reason);
}

/** Sends a request head and reads the response's. The transport is paused afterwards, or destroyed on failure. */
export function exchangeHeads(
  transport: Transport,
  request: Uint8Array,
  deadline: AbortSignal,
): Promise<HeadAnswer> {
  return new Promise((resolve, reject) => {
    if (deadline.aborted) {
      transport.destroy();
      reject(deadline.reason);
      return;
    }
    new HeadExchange(transport, deadline, { resolve, reject });
    transport.write(request);
  });
}
