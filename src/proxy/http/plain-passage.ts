// One plain request on its way through the proxy, until the log has what its client got.

import { type Answerable, type DrainingSet, type HttpRequest, NodeHttpRequest } from "../../server/index.js";
import { drainTimedOut, ProxyError } from "../errors.js";
import { type Exchange, nothingPassed, type Passed } from "../exchange.js";
import type { ProxyHooks, ProxyRefusal } from "../hooks.js";
import { passedBy } from "../own-answer.js";
import type { Asking } from "../phases.js";
import type { RoutedRequest } from "../routed-request.js";

export class PlainPassage implements Answerable {
  readonly request: HttpRequest;
  readonly routed: RoutedRequest;
  /** Its signal is aborted with a `ProxyError`. */
  readonly asking: Asking;
  readonly #gone = new AbortController();
  readonly #passages: DrainingSet<Answerable>;

  /** Is one of `passages` until it ends. */
  constructor(
    request: HttpRequest,
    routed: RoutedRequest,
    hooks: ProxyHooks,
    passages: DrainingSet<Answerable>,
  ) {
    this.request = request;
    this.routed = routed;
    this.asking = { hooks, exchange: routed.exchange, gone: this.#gone.signal };
    this.#passages = passages;
    passages.add(this);
  }

  get exchange(): Exchange {
    return this.routed.exchange;
  }

  /** Why nobody waits for the answer any more. */
  get cutBy(): ProxyError | undefined {
    const { aborted, reason } = this.#gone.signal;
    return aborted ? reason : undefined;
  }

  /** The head of an answer has been sent to the client. */
  get isAnswerBegun(): boolean {
    return !(this.request instanceof NodeHttpRequest) || this.request.isAnswerBegun;
  }

  /** A client that goes is not waited for, until what this answers is called. */
  watchClient(): () => void {
    const { request } = this;
    const leave = (): void => this.#gone.abort(new ProxyError("CLIENT_GONE", "the client has gone"));
    return request instanceof NodeHttpRequest ? request.watchConnection(leave) : () => {};
  }

  /** The time to end is over. */
  destroy(): void {
    this.#gone.abort(drainTimedOut());
  }

  /** The answer's body fails with this: the client is told its status in place of the answer's, while that can be. */
  excuse(failure: ProxyError): void {
    if (this.request instanceof NodeHttpRequest) this.request.excuse(failure, failure.status);
  }

  /** The proxy answers by itself. */
  answer(answer: ProxyRefusal, error: Error | undefined): ProxyRefusal {
    this.#passages.delete(this);
    this.exchange.status = answer.status;
    const isGone = this.cutBy?.code === "CLIENT_GONE";
    this.exchange.end(error, isGone ? nothingPassed : passedBy(answer, this.request.method));
    return answer;
  }

  /** It is over, and the client has not got all of an answer where there is a failure. */
  end(failure: Error | undefined, passed: Passed = nothingPassed): void {
    this.#passages.delete(this);
    const isNone = failure instanceof ProxyError && !this.isAnswerBegun;
    if (isNone) this.exchange.status = failure.status;
    this.exchange.end(failure, isNone ? { ...passed, bytesSent: 0 } : passed);
  }
}
