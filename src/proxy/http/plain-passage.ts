// One plain request on its way through the proxy, until the log has what its client got.

import { type Answerable, type DrainingSet, type HttpRequest, NodeHttpRequest } from "../../server/index.js";
import { drainTimedOut, ProxyError } from "../errors.js";
import { type Exchange, nothingPassed, type Passed } from "../exchange.js";
import type { ProxyHooks, ProxyRefusal } from "../hooks.js";
import { passedBy, statusAnswer } from "../own-answer.js";
import type { Asking } from "../phases.js";
import type { RoutedRequest } from "../routed-request.js";

export class PlainPassage implements Answerable {
  readonly request: HttpRequest;
  readonly routed: RoutedRequest;
  /** Its signal is aborted with a `ProxyError`. */
  readonly asking: Asking;
  /** The same as the server room makes it; undefined for one that is made elsewhere. */
  readonly #served: NodeHttpRequest | undefined;
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
    this.#served = request instanceof NodeHttpRequest ? request : undefined;
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
    return this.#served?.isAnswerBegun ?? true;
  }

  /** A client that goes is not waited for, until what this answers is called. */
  watchClient(): () => void {
    const leave = (): void => this.#gone.abort(new ProxyError("CLIENT_GONE", "the client has gone"));
    return this.#served?.watchConnection(leave) ?? (() => {});
  }

  /** The time to end is over. */
  destroy(): void {
    this.#gone.abort(drainTimedOut());
  }

  /** The answer's body fails with this: the client is told its status in place of the answer's, while that can be. */
  excuse(failure: ProxyError): void {
    this.#served?.excuse(failure, failure.status);
  }

  /** The proxy answers by itself. */
  answer(answer: ProxyRefusal, error: Error | undefined): ProxyRefusal {
    this.#passages.delete(this);
    this.exchange.status = answer.status;
    this.exchange.end(error, this.#ownPassed(answer, this.cutBy));
    return answer;
  }

  /** It is over, and the client has not got all of an answer where there is a failure. */
  end(failure: ProxyError | undefined, passed: Passed): void {
    this.#passages.delete(this);
    if (failure === undefined || this.isAnswerBegun) {
      this.exchange.end(failure, passed);
      return;
    }
    this.exchange.status = failure.status;
    const { bytesSent } = this.#ownPassed(statusAnswer(failure.status), this.cutBy ?? failure);
    this.exchange.end(failure, { ...passed, bytesSent });
  }

  /** Of what the proxy answers by itself. */
  #ownPassed(answer: ProxyRefusal, cutBy: ProxyError | undefined): Passed {
    return cutBy?.code === "CLIENT_GONE" ? nothingPassed : passedBy(answer, this.request.method);
  }
}
