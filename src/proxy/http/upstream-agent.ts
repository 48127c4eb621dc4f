// Connections to one upstream for plain requests, kept for the next one. They are dialled like those of WebSockets.

import { Agent, type ClientRequestArgs } from "node:http";
import type { Duplex } from "node:stream";
import { dial, OpeningDeadline } from "../../client/index.js";
import { toStream } from "../../transport/index.js";
import type { Upstream } from "../upstream/upstream.js";

/** Idle connections that are kept for each upstream. */
const MAX_IDLE = 64;
/** For how long: many servers, Node's among them, end an idle connection after five seconds. */
const IDLE_MS = 4000;

/** No connection could be made: nothing has been sent, and another upstream may be tried. */
export class DialFailure extends Error {}

type Created = (error: Error | null, stream?: Duplex) => void;

export class UpstreamAgent extends Agent {
  readonly #upstream: Upstream;
  readonly connectTimeoutMs: number;
  readonly #preamble: Uint8Array | undefined;

  constructor(upstream: Upstream, connectTimeoutMs: number, keepAlive: boolean, preamble?: Uint8Array) {
    super({ keepAlive, maxFreeSockets: MAX_IDLE, timeout: IDLE_MS, scheduling: "lifo" });
    this.#preamble = preamble;
    this.#upstream = upstream;
    this.connectTimeoutMs = connectTimeoutMs;
  }

  override createConnection(_options: ClientRequestArgs, created: Created): undefined {
    const deadline = new OpeningDeadline(this.connectTimeoutMs, undefined);
    dial(this.#upstream.address.target, { ...this.#upstream.dial, preamble: this.#preamble }, deadline.signal)
      .then(
        (transport) => created(null, toStream(transport)),
        (cause: unknown) => created(new DialFailure("the upstream cannot be reached", { cause })),
      )
      .finally(() => deadline.clear());
    return undefined;
  }
}
