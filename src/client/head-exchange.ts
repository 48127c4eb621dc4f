// One request head out, one response head in, over a transport: the opening handshake and a proxy's CONNECT.

import { FinalResponseReader, HandshakeError, type ResponseHead } from "../handshake/index.js";
import type { Transport, TransportError, TransportSink } from "../transport/index.js";
import { FirstBytes } from "./first-bytes.js";

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
  readonly #peer: string;
  readonly #reader = new FinalResponseReader();
  readonly #first = new FirstBytes();

  constructor(transport: Transport, peer: string, deadline: AbortSignal, settle: Settle) {
    this.#transport = transport;
    this.#peer = peer;
    this.#deadline = deadline;
    this.#settle = settle;
    deadline.addEventListener("abort", this.#onAbort);
    transport.attach(this);
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    this.#first.add(bytes, start, end);
    // Some protocols have no empty line in which a head could end: waiting for it would take until the deadline.
    if (!this.#first.canBeResponse) {
      const text = `${this.#peer} answered with bytes that are no HTTP response (${this.#first.describe()})`;
      this.#fail(new HandshakeError("HEAD_MALFORMED", text, { status: 0 }));
      return;
    }
    const at = this.#reader.receive(bytes, start, end);
    const { result } = this.#reader;
    if (result instanceof HandshakeError) this.#fail(result);
    else if (result !== undefined) this.#finish(result, at < end ? bytes.slice(at, end) : undefined);
  }

  ended(): void {
    this.#fail(this.#ended());
  }

  drained(): void {}

  closed(error: TransportError | undefined): void {
    this.#fail(error ?? this.#ended());
  }

  #ended(): HandshakeError {
    if (!this.#first.isEmpty)
      return new HandshakeError("CONNECTION_ENDED", `${this.#peer} ended the connection within its answer`);
    const doubt = this.#transport.isSecure ? "" : "; it may expect TLS (wss:)";
    return new HandshakeError(
      "CONNECTION_ENDED",
      `${this.#peer} ended the connection before it answered${doubt}`,
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

/**
 * Sends a request head and reads the response's. The transport is paused afterwards, or destroyed on failure. `peer` is who
 * answers, as a message calls it.
 */
export function exchangeHeads(
  transport: Transport,
  request: Uint8Array,
  deadline: AbortSignal,
  peer = "the server",
): Promise<HeadAnswer> {
  return new Promise((resolve, reject) => {
    if (deadline.aborted) {
      transport.destroy();
      reject(deadline.reason);
      return;
    }
    new HeadExchange(transport, peer, deadline, { resolve, reject });
    transport.write(request);
  });
}
