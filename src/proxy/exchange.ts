// One request on its way through the proxy: what hooks see of it, and what the log says when it is over.

import { ignoreRejection, isThenable } from "../connection/index.js";
import { HeaderMap } from "../handshake/index.js";
import { WebSocketError } from "../protocol/index.js";
import type { ClientIdentity } from "./headers/client-identity.js";
import type { AccessLogEntry, ProxyExchange, ProxyHooks, ProxyMessage } from "./hooks.js";
import { hookFailed } from "./phases.js";
import type { RouteTally } from "./tally/route-tally.js";

export interface ExchangeFacts {
  readonly id: number;
  readonly kind: "websocket" | "http";
  readonly method: string;
  readonly url: string;
  readonly host: string;
  readonly headers: HeaderMap;
  readonly identity: ClientIdentity;
  readonly route: string | undefined;
}

/** What passed behind the heads. */
export interface Passed {
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly messagesReceived?: number | undefined;
  readonly messagesSent?: number | undefined;
  readonly closeCode?: number | undefined;
  readonly closedBy?: AccessLogEntry["closedBy"];
}

export const nothingPassed: Passed = { bytesReceived: 0, bytesSent: 0 };

export class Exchange implements ProxyExchange {
  readonly id: number;
  readonly kind: "websocket" | "http";
  readonly method: string;
  readonly url: string;
  readonly host: string;
  readonly route: string;
  readonly identity: ClientIdentity;
  upstream: string | undefined;
  context: unknown;
  /** What the two sides of a relayed WebSocket agreed to, as the header says it. */
  extensions: string | undefined;
  /** Of the response; 0 until there is one. */
  status = 0;
  /** Packed: names and values in turn, a line for each. */
  #headers: HeaderMap | string;
  /** When the request had come. */
  readonly time = new Date();
  /** Where it is counted. */
  readonly tally: RouteTally;
  readonly #routeName: string | undefined;
  readonly #hooks: ProxyHooks;
  readonly #startedAt = performance.now();
  #isOver = false;

  constructor(facts: ExchangeFacts, hooks: ProxyHooks, tally: RouteTally) {
    this.id = facts.id;
    this.kind = facts.kind;
    this.method = facts.method;
    this.url = facts.url;
    this.host = facts.host;
    this.#headers = facts.headers;
    this.identity = facts.identity;
    this.route = facts.route ?? "";
    this.#routeName = facts.route;
    this.#hooks = hooks;
    this.tally = tally;
    tally.begin(facts.kind);
  }

  get headers(): HeaderMap {
    const headers = this.#headers;
    return typeof headers === "string" ? HeaderMap.fromFlat(headers.split("\n")) : headers;
  }

  /** Keeps the headers as one string: a connection may be open for long, and hooks seldom look. */
  pack(): void {
    if (typeof this.#headers !== "string") this.#headers = [...this.#headers].flat().join("\n");
  }

  get clientAddress(): string | undefined {
    return this.identity.clientAddress;
  }

  get peerAddress(): string | undefined {
    return this.identity.peerAddress;
  }

  get isSecure(): boolean {
    return this.identity.isSecure;
  }

  /** Something went wrong that who runs the proxy may have to mend: on this side, where the error does not say on which. */
  report(error: Error, side?: ProxyMessage["from"]): void {
    try {
      ignoreRejection(this.#hooks.error?.(error, this, side));
    } catch {
      // Nobody is left to hear of it.
    }
  }

  /** Tells the hooks, once. */
  end(error?: Error, passed: Passed = nothingPassed): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const entry = this.#entry(error, passed);
    this.tally.end(entry);
    if (this.#routeName !== undefined) this.#tell("close", () => this.#hooks.close?.(this, entry));
    this.#tell("log", () => this.#hooks.log?.(entry));
  }

  /** Nobody waits for what the hook answers, and what it throws has no client to fail. */
  #tell(name: string, tell: () => unknown): void {
    const failed = (cause: unknown): void => this.report(hookFailed(name, cause));
    try {
      const answer = tell();
      if (isThenable(answer)) Promise.resolve(answer).catch(failed);
    } catch (cause) {
      failed(cause);
    }
  }

  #entry(error: Error | undefined, passed: Passed): AccessLogEntry {
    return {
      time: this.time.toISOString(),
      id: this.id,
      kind: this.kind,
      client: this.clientAddress,
      method: this.method,
      host: this.host,
      url: this.url,
      route: this.#routeName,
      upstream: this.upstream,
      status: this.status,
      durationMs: Math.round((performance.now() - this.#startedAt) * 1000) / 1000,
      bytesReceived: passed.bytesReceived,
      bytesSent: passed.bytesSent,
      messagesReceived: passed.messagesReceived,
      messagesSent: passed.messagesSent,
      closeCode: passed.closeCode,
      closedBy: passed.closedBy,
      error: error instanceof WebSocketError ? error.code : error && "FAILED",
    };
  }
}
