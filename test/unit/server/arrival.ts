// What arrives at a server, over memory: an upgrader, and the far end of a connection to it.

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { type Duplex, duplexPair } from "node:stream";
import { ConnectionRegistry } from "#src/server/connection-registry.js";
import type { ServerHandlers } from "#src/server/handlers.js";
import { resolveServerOptions, type ServerOptions } from "#src/server/server-options.js";
import { Upgrader } from "#src/server/upgrader.js";
import { createMemoryPair, type Transport } from "#src/transport/index.js";
import { RawPeer } from "../../support/raw-client.js";
import { sampleKey } from "../../support/wire.js";
import { RecordingSink } from "../transport/recording-sink.js";

export function makeUpgrader(
  handlers: ServerHandlers = {},
  options: ServerOptions = {},
  registry = new ConnectionRegistry<unknown>(),
): Upgrader<unknown> {
  return new Upgrader(registry, resolveServerOptions(options), handlers);
}

export interface Ends {
  readonly near: Transport;
  readonly far: Transport;
  /** What the far end receives. */
  readonly sink: RecordingSink;
}

export function memoryEnds(): Ends {
  const [near, far] = createMemoryPair();
  return { near, far, sink: RecordingSink.attachedTo(far) };
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

export interface NodeUpgrade {
  readonly message: IncomingMessage;
  readonly socket: Duplex;
  readonly peer: RawPeer;
}

/** What Node's HTTP server emits for an upgrade. */
export function nodeUpgrade(url = "/", more: Record<string, string> = {}): NodeUpgrade {
  const given: Record<string, string> = {
    host: "localhost",
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-key": sampleKey,
    "sec-websocket-version": "13",
    ...more,
  };
  const [socket, other] = duplexPair({ allowHalfOpen: true });
  const message = {
    method: "GET",
    url,
    httpVersion: "1.1",
    headers: given,
    rawHeaders: Object.entries(given).flat(),
    socket,
  };
  return { message: message as unknown as IncomingMessage, socket, peer: new RawPeer(other as Socket) };
}
