// The connections of one server: opened here, counted, and drained.

import { Connection, createTraffic, type Traffic, type WebSocketConnection } from "../connection/index.js";
import { nodeEngine } from "../host/index.js";
import { closePayload } from "../protocol/index.js";
import type { Transport } from "../transport/index.js";
import type { Admitted } from "./admission.js";
import { type Answerable, DrainingSet } from "./draining-set.js";
import type { ServerHandlers } from "./handlers.js";
import type { AcceptSettings } from "./server-options.js";
import { Topics } from "./topics.js";

/** Numbers since the server was made, and how many connections are open now. */
export interface ServerMetrics extends Readonly<Traffic> {
  readonly connections: number;
  readonly accepted: number;
  readonly refused: number;
}

export class ConnectionRegistry<Context> {
  readonly connections = new DrainingSet<WebSocketConnection<Context>>();
  /** What requests came over that wait for their turn, are being decided upon, or whose refusal is being read. */
  readonly answering = new DrainingSet<Answerable>();
  readonly traffic = createTraffic();
  readonly topics = new Topics();
  /** Nothing new is let in. */
  isClosing = false;
  accepted = 0;
  refused = 0;

  /** The connection for a transport on which the 101 was sent. */
  open<Given extends Context>(
    admitted: Admitted<Given>,
    transport: Transport,
    early: Uint8Array | undefined,
    settings: AcceptSettings,
    handlers: ServerHandlers<Given> | undefined,
  ): WebSocketConnection<Given> {
    const { codec, request, protocol, extensions, context } = admitted;
    const connection = new Connection<Given>({
      transport,
      role: "server",
      settings: settings.connection,
      codec,
      protocol,
      extensions,
      request,
      context,
      broker: handlers === undefined ? undefined : this.topics,
      traffic: this.traffic,
      early,
      onEnd: this.#remove,
    });
    this.accepted++;
    const { handle } = connection;
    this.connections.add(handle);
    if (handlers !== undefined) {
      connection.listen(handlers);
      if (handlers.open !== undefined) connection.runFirst(() => handlers.open?.(handle));
    }
    request.pack();
    connection.start();
    return handle;
  }

  metrics(): ServerMetrics {
    const { accepted, refused } = this;
    return { connections: this.connections.size, accepted, refused, ...this.traffic };
  }

  /** Throws `StateError` for a code or reason that may not be sent, and then nothing has begun. */
  beginClosing(code: number, reason: string): void {
    closePayload(nodeEngine, code, reason);
    this.isClosing = true;
  }

  /** Closes every connection and resolves when they and all answers are over; after `timeoutMs` the rest is terminated. */
  async drain(code: number, reason: string, timeoutMs: number): Promise<void> {
    for (const connection of this.connections) void connection.close(code, reason);
    await Promise.all([
      this.connections.drained(timeoutMs, (connection) => connection.terminate()),
      this.answering.drained(timeoutMs, (late) => {
        late.destroy();
        // While a hook decides, nobody else is told that it is over.
        this.answering.delete(late);
      }),
    ]);
  }

  readonly #remove = (connection: WebSocketConnection<Context>): void => {
    this.connections.delete(connection);
  };
}
