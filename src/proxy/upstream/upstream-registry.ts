// The groups of upstreams of all routes, kept by the names of the routes when these are reloaded.

import { type GroupHost, type GroupSettings, UpstreamGroup } from "./upstream-group.js";
import type { RouteUpstreamsState } from "./upstream-state.js";

export class UpstreamRegistry {
  readonly #host: GroupHost;
  #groups: readonly UpstreamGroup[] = [];
  #isStarted = false;

  constructor(host: GroupHost) {
    this.#host = host;
  }

  get state(): readonly RouteUpstreamsState[] {
    return this.#groups.map((group) => group.state);
  }

  /** One group for each of the settings, in their order. Of routes with the same name, the first is the first again. */
  configure(settings: readonly GroupSettings[]): readonly UpstreamGroup[] {
    const left = [...this.#groups];
    this.#groups = settings.map((one) => {
      const at = left.findIndex(({ route }) => route === one.route);
      if (at < 0) return new UpstreamGroup(one, this.#host);
      const [group] = left.splice(at, 1);
      group.configure(one);
      return group;
    });
    for (const group of left) group.stop();
    if (this.#isStarted) this.start();
    return this.#groups;
  }

  start(): void {
    this.#isStarted = true;
    for (const group of this.#groups) group.start();
  }

  /** Checks no more, and refuses all who wait. */
  stop(reason: Error): void {
    this.#isStarted = false;
    for (const group of this.#groups) {
      group.stop();
      group.refuseWaiting(reason);
    }
  }
}
