// An end with the kernel's TLS, one with Node's, and somebody between them.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { TLSSocket } from "node:tls";
import { kernelTls } from "#src/ktls/index.js";
import type { Transport } from "#src/transport/index.js";
import { dialOnRing, dialWithNode, listenOnRing, listenWithNode } from "../support/ring-tls.js";
import { TcpRelay } from "../support/tcp-relay.js";

export interface Relayed {
  /** The kernel's, which plays the role. */
  readonly transport: Transport;
  /** Node's, whose errors are nobody's and which reads. */
  readonly peer: TLSSocket;
  readonly relay: TcpRelay;
}

export async function connectThroughRelay(t: TestContext, role: "client" | "server"): Promise<Relayed> {
  const server = await (role === "server" ? listenOnRing(t, kernelTls) : listenWithNode(t));
  const relay = await TcpRelay.to(t, server.port);
  const client = role === "server" ? dialWithNode(t, relay.port) : await dialOnRing(t, kernelTls, relay.port);
  const ends = [client, await server.accepted];
  const [transport, peer] = (role === "client" ? ends : ends.reverse()) as [Transport, TLSSocket];
  assert.equal(transport.kind, "uring+ktls");
  peer.on("error", () => {}).resume();
  return { transport, peer, relay };
}
