// One route as it works: its pattern, its settings, its upstreams.

import type { HeaderList, HeaderMap } from "../handshake/index.js";
import type { ClientIdentity } from "./headers/client-identity.js";
import { type Telling, withForwarded } from "./headers/forwarded-headers.js";
import { changeHeaders, endToEndHeaders } from "./headers/hop-by-hop.js";
import type { LoopGuard } from "./headers/loop-guard.js";
import type { RouteSettings } from "./route-settings.js";
import { replacedPath } from "./routing/replaced-path.js";
import type { RoutePattern } from "./routing/route-pattern.js";
import type { Routed } from "./routing/route-table.js";
import type { Upstream } from "./upstream/upstream.js";
import type { UpstreamGroup } from "./upstream/upstream-group.js";

export class Route implements Routed {
  readonly name: string;
  readonly pattern: RoutePattern;
  readonly settings: RouteSettings;
  readonly group: UpstreamGroup;
  readonly #telling: Telling;
  readonly #loopGuard: LoopGuard;

  constructor(settings: RouteSettings, group: UpstreamGroup, telling: Telling, loopGuard: LoopGuard) {
    this.name = settings.name;
    this.pattern = settings.pattern;
    this.settings = settings;
    this.group = group;
    this.#telling = telling;
    this.#loopGuard = loopGuard;
  }

  /** Connections and requests under way; those that wait for an upstream do not count. */
  get active(): number {
    return this.group.active;
  }

  /** What an upstream is asked for. `path` is the comparable one that matched. */
  targetAt(upstream: Upstream, resourceName: string, path: string): string {
    const { replacePath, pattern } = this.settings;
    if (replacePath === undefined) return upstream.basePath + resourceName;
    const query = resourceName.indexOf("?");
    const target = replacedPath(path, pattern, replacePath);
    return upstream.basePath + target + (query < 0 ? "" : resourceName.slice(query));
  }

  /** What an upstream is told beside the request line; `Connection` and what belongs to it is up to who sends it. */
  requestHeaders(
    upstream: Upstream,
    received: HeaderMap,
    host: string,
    identity: ClientIdentity,
  ): HeaderList {
    const passed = endToEndHeaders(received).filter(([name]) => name.toLowerCase() !== "host");
    const told = withForwarded(passed, received, host, identity, this.#telling);
    const marked = this.#loopGuard.marked(told, received);
    const ownHost = this.settings.preserveHost ? host : upstream.hostHeader;
    return changeHeaders([["Host", ownHost], ...marked], this.settings.requestHeaders);
  }

  /** What a client is told of an upstream's answer. */
  responseHeaders(received: HeaderMap): HeaderList {
    return changeHeaders(endToEndHeaders(received), this.settings.responseHeaders);
  }
}
