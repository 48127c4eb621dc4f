// A client's and a server's endpoint, made the same each time, and the bytes of one whole conversation between them.

import assert from "node:assert/strict";
import { zlibEngine } from "sluice";
import {
  type Acceptance,
  ClientEndpoint,
  type ClientEndpointOptions,
  type ClientEvent,
  ServerEndpoint,
  type ServerEndpointOptions,
  type ServerEvent,
} from "sluice/protocol";
import type { Compression } from "#src/deflate/index.js";

export const key = Uint8Array.from({ length: 16 }, (_, i) => i);

export function compression(options: Compression["options"] = {}): Compression {
  const engine = zlibEngine();
  assert.ok(engine !== undefined, "this Node has a synchronous compressor");
  return { options, engine };
}

export function createClient(options: Partial<ClientEndpointOptions> = {}): ClientEndpoint {
  let keys = 0;
  const nextMaskKey = (): number => Math.imul(++keys, 0x9e3779b1);
  return new ClientEndpoint({ host: "example.com", target: "/chat?room=1", key, nextMaskKey, ...options });
}

export function createServer(options: ServerEndpointOptions = {}): ServerEndpoint {
  return new ServerEndpoint(options);
}

/** A client and a server that have shaken hands. */
export function openPair(
  clientOptions: Partial<ClientEndpointOptions> = {},
  serverOptions: ServerEndpointOptions = {},
  acceptance: Acceptance = {},
): { client: ClientEndpoint; server: ServerEndpoint } {
  const client = createClient(clientOptions);
  const server = createServer(serverOptions);
  server.receive(client.request.slice());
  const [event] = client.receive(server.accept(acceptance));
  assert.equal(event.type, "open");
  return { client, server };
}

/** What a server does with bytes that come in these pieces, when it accepts at once and writes what it is given. */
export function serve(
  server: ServerEndpoint,
  pieces: readonly Uint8Array[],
  acceptance: Acceptance = {},
): { events: ServerEvent[]; output: Uint8Array } {
  const events: ServerEvent[] = [];
  const output: Uint8Array[] = [];
  for (const piece of pieces) {
    const answered = server.receive(piece.slice());
    events.push(...answered);
    if (answered.some(({ type }) => type === "offer")) output.push(server.accept(acceptance));
    while (server.hasMore) events.push(...server.receive());
    output.push(server.takeOutput());
  }
  return { events, output: concat(output) };
}

/** What a client does with bytes that come in these pieces. */
export function consume(
  client: ClientEndpoint,
  pieces: readonly Uint8Array[],
): { events: ClientEvent[]; output: Uint8Array } {
  const events: ClientEvent[] = [];
  const output: Uint8Array[] = [];
  for (const piece of pieces) {
    events.push(...client.receive(piece.slice()));
    while (client.hasMore) events.push(...client.receive());
    output.push(client.takeOutput());
  }
  return { events, output: concat(output) };
}

/** Everything that can be cut once, at each offset, and at last byte by byte. */
export function* everySplit(bytes: Uint8Array): Generator<Uint8Array[]> {
  for (let at = 0; at <= bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
  yield Array.from(bytes, (byte) => Uint8Array.of(byte));
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
