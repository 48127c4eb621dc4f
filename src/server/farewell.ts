// The last answer on a connection: what the client still sends is read and forgotten, so that it gets to read the answer, but
// not for long.

import type { Transport, TransportError, TransportSink } from "../transport/index.js";
import type { Answerable, DrainingSet } from "./draining-set.js";

/** Sends the bytes and ends the connection when the client does, or after `timeoutMs`. It is in `answering` until then. */
export function answerAndLeave(
  transport: Transport,
  bytes: Uint8Array,
  timeoutMs: number,
  answering: DrainingSet<Answerable>,
): void {
  transport.write(bytes);
  transport.end();
  new Farewell(transport, timeoutMs, answering);
}

class Farewell implements TransportSink {
  readonly #transport: Transport;
  readonly #answering: DrainingSet<Answerable>;
  readonly #timer: NodeJS.Timeout;

  constructor(transport: Transport, timeoutMs: number, answering: DrainingSet<Answerable>) {
    this.#transport = transport;
    this.#answering = answering.add(transport);
    this.#timer = setTimeout(() => transport.destroy(), timeoutMs).unref();
    transport.attach(this);
    transport.resume();
  }

  receive(): void {}
  ended(): void {}
  drained(): void {}

  closed(_error: TransportError | undefined): void {
    clearTimeout(this.#timer);
    this.#answering.delete(this.#transport);
  }
}
