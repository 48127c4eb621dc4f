// One deadline for a whole attempt: the timeout and the caller's signal, as one signal.

import { HandshakeError } from "../handshake/index.js";

export class OpeningDeadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #outer: AbortSignal | undefined;

  /** `failure` is what will have happened when time is over. */
  constructor(timeoutMs: number, outer: AbortSignal | undefined, failure = "the connection was not open") {
    this.#outer = outer;
    this.#timer = setTimeout(() => {
      const text = `${failure} within ${timeoutMs} ms (handshakeTimeoutMs)`;
      this.#controller.abort(new HandshakeError("HANDSHAKE_TIMED_OUT", text, { status: 0 }));
    }, timeoutMs);
    outer?.addEventListener("abort", this.#onAbort);
    if (outer?.aborted) this.#onAbort();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Time is over no more; the caller's signal still is heard. */
  stopTimer(): void {
    clearTimeout(this.#timer);
  }

  clear(): void {
    this.stopTimer();
    this.#outer?.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => this.#controller.abort(abortedError(this.#outer));
}

/** What an aborted attempt rejects with. It has the name by which programs know aborts. */
export function abortedError(signal: AbortSignal | undefined): HandshakeError {
  const error = new HandshakeError("ABORTED", "the attempt to connect was aborted", {
    cause: signal?.reason,
  });
  Object.defineProperty(error, "name", { value: "AbortError", configurable: true });
  return error;
}
