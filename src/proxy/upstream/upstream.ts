// One server behind the proxy: where it is, and what is known of it. It outlives a reload of the options that names it again.

import type { Address, DialSettings } from "../../client/index.js";
import type { Balanced } from "./balance/balancer.js";
import { hashText } from "./balance/consistent-hash.js";
import { ActiveHealth } from "./health/active-health.js";
import { PassiveHealth, type PassiveHealthSettings } from "./health/passive-health.js";
import type { UpstreamSettings } from "./upstream-settings.js";
import type { UpstreamState } from "./upstream-state.js";

export class Upstream implements Balanced {
  /** As configured: what logs and metrics call it. */
  readonly url: string;
  readonly address: Address;
  readonly dial: DialSettings;
  readonly hash: number;
  readonly passive: PassiveHealth;
  readonly checked = new ActiveHealth();
  /** Connections and requests under way. */
  active = 0;
  /** Those that have been, and those that failed. */
  total = 0;
  failures = 0;
  lastFailure: string | undefined;
  #settings: UpstreamSettings;

  constructor(settings: UpstreamSettings, passive: PassiveHealthSettings | undefined, dial: DialSettings) {
    this.#settings = settings;
    this.url = settings.url;
    this.address = settings.address;
    const { socketPath } = this.address;
    this.dial = { ...dial, tls: settings.tls, ...(socketPath !== undefined && { socketPath }) };
    this.hash = hashText(placeOf(this.address));
    this.passive = new PassiveHealth(passive);
  }

  get settings(): UpstreamSettings {
    return this.#settings;
  }

  get weight(): number {
    return this.#settings.weight;
  }

  get maxConnections(): number {
    return this.#settings.maxConnections;
  }

  get isBackup(): boolean {
    return this.#settings.isBackup;
  }

  get hasRoom(): boolean {
    return this.active < this.maxConnections;
  }

  get isHealthy(): boolean {
    return this.checked.isUp && !this.passive.isEjected;
  }

  /** The host that its own URL names. */
  get hostHeader(): string {
    return this.address.target.hostHeader;
  }

  /** What stands before the path of each request. */
  get basePath(): string {
    const path = this.address.target.target;
    return path.endsWith("/") ? path.slice(0, -1) : path;
  }

  get state(): UpstreamState {
    const { url, weight, isBackup, maxConnections, isHealthy, active, total, failures, lastFailure } = this;
    const { isEjected, ejections } = this.passive;
    const { isUp, checks, checksFailed } = this.checked;
    const about = { url, weight, isBackup, maxConnections };
    const health = { isHealthy, isEjected, isDown: !isUp, ejections, checks, checksFailed, lastFailure };
    return { ...about, ...health, active, total, failures };
  }

  /** The same server with another weight or limit. */
  configure(settings: UpstreamSettings): void {
    this.#settings = settings;
  }
}

/** Where its connections go, whatever the scheme and the path: routes to the same servers have the same keys at each of them. */
function placeOf({ target, socketPath }: Address): string {
  return socketPath ?? `${target.hostname}:${target.port}`;
}
