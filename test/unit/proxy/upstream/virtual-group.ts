// A group of upstreams that lives by a virtual clock, whose checks a test answers.

import { resolveDialOptions } from "#src/client/index.js";
import { HeaderMap } from "#src/handshake/index.js";
import type { RouteOptions } from "#src/proxy/route-options.js";
import type { Place } from "#src/proxy/upstream/place.js";
import type { Upstream } from "#src/proxy/upstream/upstream.js";
import type { Selection } from "#src/proxy/upstream/upstream-group.js";
import { type GroupSettings, UpstreamGroup } from "#src/proxy/upstream/upstream-group.js";
import { resolveUpstreams } from "#src/proxy/upstream/upstream-settings.js";
import type { HealthChange } from "#src/proxy/upstream/upstream-state.js";
import { VirtualClock } from "../../../support/virtual-clock.js";

/** A check under way. */
export interface PendingProbe {
  readonly url: string;
  readonly signal: AbortSignal;
  good(): void;
  bad(text?: string): void;
}

export const neverAborted = new AbortController().signal;

export function groupSettings(options: RouteOptions): GroupSettings {
  return { ...resolveUpstreams(options), route: "r", maxConnections: options.maxConnections ?? Infinity };
}

export function selectionOf({
  address,
  headers = [],
  tried = [],
}: {
  address?: string;
  headers?: readonly (readonly [string, string])[];
  tried?: readonly Upstream[];
} = {}): Selection {
  return { clientAddress: address, headers: new HeaderMap(headers), tried: new Set(tried) };
}

export class VirtualGroup {
  readonly clock = new VirtualClock();
  readonly changes: HealthChange[] = [];
  readonly probes: PendingProbe[] = [];
  readonly group: UpstreamGroup;
  random = 0.5;

  constructor(options: RouteOptions) {
    this.group = new UpstreamGroup(groupSettings(options), {
      clock: this.clock,
      dial: resolveDialOptions({}),
      random: () => this.random,
      healthChanged: (change) => this.changes.push(change),
      probe: ({ url }, _settings, signal) =>
        new Promise((resolve, reject) => {
          const leave = (): void => {
            this.probes.splice(this.probes.indexOf(probe), 1);
          };
          const probe: PendingProbe = {
            url,
            signal,
            good: () => {
              leave();
              resolve();
            },
            bad: (text = "bad") => {
              leave();
              reject(new Error(text));
            },
          };
          this.probes.push(probe);
          signal.addEventListener("abort", () => {
            leave();
            reject(signal.reason);
          });
        }),
    });
  }

  get state() {
    return this.group.state;
  }

  upstream(url: string): Upstream {
    const found = this.group.upstreams.find((upstream) => upstream.url === url);
    if (found === undefined) throw new Error(`no upstream ${url}`);
    return found;
  }

  acquire(selection: Selection = selectionOf(), signal: AbortSignal = neverAborted): Promise<Place> {
    return this.group.acquire(selection, signal);
  }

  /** Where one request goes after another, each of which is over before the next. */
  async urls(count: number, selection: Selection = selectionOf()): Promise<string[]> {
    const urls: string[] = [];
    for (let i = 0; i < count; i++) {
      const place = await this.acquire(selection);
      urls.push(place.upstream.url);
      place.release();
    }
    return urls;
  }

  /** Requests to this upstream that fail, as many as it takes. */
  async fail(url: string, times: number): Promise<void> {
    const tried = this.group.upstreams.filter((upstream) => upstream.url !== url);
    for (let i = 0; i < times; i++) {
      const place = await this.acquire(selectionOf({ tried }));
      place.failed(new Error("refused"));
      place.release();
    }
  }

  /** Moves time on until checks are under way, and ends all of them. */
  async check(verdicts: Readonly<Record<string, boolean>>): Promise<void> {
    const count = Object.keys(verdicts).length;
    for (let passed = 0; this.probes.length < count; passed += 100) {
      if (passed > 60_000) throw new Error(`${this.probes.length} checks came, not ${count}`);
      this.clock.advance(100);
    }
    for (const probe of [...this.probes]) {
      if (verdicts[probe.url]) probe.good();
      else probe.bad();
    }
    await turns();
  }
}

/** Lets what has been settled be heard of. */
export async function turns(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
