// A request's place at an upstream, and within the limits of its route, to be released once.

import type { Trial } from "./health/passive-health.js";
import type { Upstream } from "./upstream.js";

/** Whoever gave the place away. */
export interface PlaceKeeper {
  succeeded(place: Place): void;
  failed(place: Place, cause: unknown): void;
  released(place: Place): void;
}

export class Place {
  readonly upstream: Upstream;
  /** Whether the upstream is ejected, and this is the request that tries it. */
  readonly trial: Trial;
  readonly #keeper: PlaceKeeper;
  #isReleased = false;

  constructor(upstream: Upstream, trial: Trial, keeper: PlaceKeeper) {
    this.upstream = upstream;
    this.trial = trial;
    this.#keeper = keeper;
  }

  /** It answers. */
  succeeded(): void {
    this.#keeper.succeeded(this);
  }

  /** It could not be reached, or did not answer as it should. To be told before the place is released, which goes on to the next
   * request. */
  failed(cause?: unknown): void {
    this.#keeper.failed(this, cause);
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#keeper.released(this);
  }
}
