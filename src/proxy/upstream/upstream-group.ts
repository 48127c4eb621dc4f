// The upstreams of one route: which of them has the next request.

import type { HeaderMap } from "../../handshake/index.js";
import { ProxyError } from "../errors.js";
import type { Upstream } from "./upstream.js";

/** By what an upstream is chosen. */
export interface Selection {
  readonly clientAddress: string | undefined;
  readonly headers: HeaderMap;
  /** Those that have been tried for this request. */
  readonly tried: ReadonlySet<Upstream>;
}

/** A request's place at an upstream, to be released once. */
export class Place {
  readonly upstream: Upstream;
  #isReleased = false;

  constructor(upstream: Upstream) {
    this.upstream = upstream;
    upstream.active++;
    upstream.total++;
  }

  /** It answers. */
  succeeded(): void {}

  /** It could not be reached, or did not answer as it should. */
  failed(): void {
    this.upstream.failures++;
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.upstream.active--;
  }
}

export class UpstreamGroup {
  readonly upstreams: readonly Upstream[];
  #next = 0;

  constructor(upstreams: readonly Upstream[]) {
    this.upstreams = upstreams;
  }

  /** Whether there is another to try. */
  hasOther(tried: ReadonlySet<Upstream>): boolean {
    return this.upstreams.some((upstream) => !tried.has(upstream));
  }

  /** Rejects with `ProxyError`, or with the signal's reason. */
  async acquire({ tried }: Selection, _signal: AbortSignal): Promise<Place> {
    const candidates = this.upstreams.filter((upstream) => !tried.has(upstream));
    if (candidates.length === 0)
      throw new ProxyError("UPSTREAM_UNAVAILABLE", "no upstream of the route is in service");
    return new Place(candidates[this.#next++ % candidates.length]);
  }
}
