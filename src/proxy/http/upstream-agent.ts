// Connections to one upstream for plain requests, kept for the next one. They are dialled like those of WebSockets.

import { Agent, type ClientRequest, type ClientRequestArgs } from "node:http";
import type { Duplex } from "node:stream";
import { toStream } from "../../transport/index.js";
import type { Upstream } from "../upstream/upstream.js";
import { connectTo } from "../upstream-connection.js";

/** Idle connections that are kept for each upstream. */
const MAX_IDLE = 64;
/** For how long: many servers, Node's among them, end an idle connection after five seconds. */
const IDLE_MS = 4000;

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
    connectTo(this.#upstream, this.#preamble, this.connectTimeoutMs).then(
      (transport) => created(null, toStream(transport)),
      (error: Error) => created(error),
    );
    return undefined;
  }

  /** Whether it is kept, of which Node's types do not know. */
  override keepSocketAlive(stream: Duplex): boolean {
    const isKept = super.keepSocketAlive(stream) as unknown as boolean;
    if (!isKept || stream.readableEnded || stream.readableLength > 0) return false;
    stream.on("end", discard).on("data", discard);
    return true;
  }

  override reuseSocket(stream: Duplex, request: ClientRequest): void {
    stream.off("end", discard).off("data", discard);
    super.reuseSocket(stream, request);
  }
}

/** For what comes while nobody waits for an answer. A connection that the upstream has ended is half-open and could still be written to,
 * and nobody would see that it is reset; what is said without being asked for would be the answer to whoever asks next. */
function discard(this: Duplex): void {
  this.destroy();
  // A stream may take a while to close, in which it would be given to a request.
  this.emit("agentRemove");
}
