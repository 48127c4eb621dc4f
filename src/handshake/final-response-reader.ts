// The response that counts. Interim ones (1xx, except 101) may come before it and are read over, but not without end.

import { HandshakeError } from "./errors.js";
import type { HeadLimits, ResponseHead } from "./head.js";
import { ResponseHeadReader } from "./head-reader.js";
import { isInterimResponse } from "./response.js";

/** Many times what any server sends: without a bound, only the deadline would end it. */
const MAX_INTERIM = 16;

/** Reads like `ResponseHeadReader`, but up to the final response. Source: RFC 9110 §15.2. */
export class FinalResponseReader {
  readonly #limits: HeadLimits | undefined;
  #reader: ResponseHeadReader;
  #interim = 0;
  #result: ResponseHead | HandshakeError | undefined;

  constructor(limits?: HeadLimits) {
    this.#limits = limits;
    this.#reader = new ResponseHeadReader(limits);
  }

  /** The head, or why there is none; undefined while more bytes are needed. */
  get result(): ResponseHead | HandshakeError | undefined {
    return this.#result;
  }

  /** Takes `bytes[start, end)`, which are only borrowed, and answers where it stopped: behind the head, else at `end`. */
  receive(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && this.#result === undefined) {
      at = this.#reader.receive(bytes, at, end);
      const { result } = this.#reader;
      if (result === undefined) return at;
      this.#result = this.#judge(result);
      if (this.#result === undefined) this.#reader = new ResponseHeadReader(this.#limits);
    }
    return at;
  }

  /** Undefined for what is read over. */
  #judge(result: ResponseHead | HandshakeError): ResponseHead | HandshakeError | undefined {
    if (result instanceof HandshakeError || !isInterimResponse(result)) return result;
    if (++this.#interim <= MAX_INTERIM) return undefined;
    const text = `the server sent more than ${MAX_INTERIM} interim responses`;
    return new HandshakeError("UNEXPECTED_STATUS", text, { head: result });
  }
}
