// One server behind the proxy: where it is, and what is known of it.

import { type Address, type DialSettings, parseWebSocketUrl } from "../../client/index.js";
import type { UpstreamOptions } from "./upstream-options.js";

export class Upstream {
  /** As configured: what logs and metrics call it. */
  readonly url: string;
  readonly address: Address;
  readonly dial: DialSettings;
  readonly weight: number;
  readonly maxConnections: number;
  readonly isBackup: boolean;
  /** Connections and requests under way. */
  active = 0;
  /** Those that have been, and those that failed. */
  total = 0;
  failures = 0;

  constructor(options: UpstreamOptions, dial: DialSettings) {
    this.url = options.url;
    this.address = parseWebSocketUrl(options.url);
    const { socketPath } = this.address;
    this.dial = { ...dial, tls: options.tls, ...(socketPath !== undefined && { socketPath }) };
    this.weight = options.weight ?? 1;
    this.maxConnections = options.maxConnections ?? Infinity;
    this.isBackup = options.isBackup ?? false;
  }

  /** The host that its own URL names. */
  get hostHeader(): string {
    return this.address.target.hostHeader;
  }

  /** What stands before the path of each request. */
  get basePath(): string {
    const path = this.address.target.target.split("?", 1)[0];
    return path.endsWith("/") ? path.slice(0, -1) : path;
  }
}
