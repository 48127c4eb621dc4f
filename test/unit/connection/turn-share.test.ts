// However much one peer has put into one read, it gets a bounded share of a turn of the event loop.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Connection } from "#src/connection/index.js";
import { createMemoryPair } from "#src/transport/index.js";
import { compressedFlood, floodText } from "../../support/compressed-flood.js";
import {
  connectToPeer,
  createConnection,
  type EndOptions,
  MemoryPeer,
  VirtualHost,
} from "../../support/memory-connection.js";
import { assertShared, turnByTurn } from "./turn-by-turn.js";

/** What one turn may inflate, in messages of this size. */
const textLength = 65_536;
const textsPerTurn = 16;
const texts = Array.from({ length: 4 * textsPerTurn }, (_, i) => floodText(i, textLength));
const flood = compressedFlood(texts);

/** A server's connection, and what it was told. */
function listen(options: EndOptions = {}): ReturnType<typeof connectToPeer> & { seen: unknown[] } {
  const seen: unknown[] = [];
  const played = connectToPeer("server", { deflate: {}, ...options });
  played.connection.listen({ message: (_ws, data) => void seen.push(data) });
  return { ...played, seen };
}

/** A read of the network's that ends in the current turn. */
function arrive({ link }: Connection, bytes: Uint8Array): void {
  link.receive(bytes.slice(), 0, bytes.length);
}

describe("one peer's share of a turn", () => {
  test("is a mebibyte of what a compressed flood becomes, and the rest follows by itself, in order", async () => {
    const { host, peer, seen } = listen();
    await host.settle();
    peer.transport.write(flood);
    assertShared(await turnByTurn(host, () => seen.length), textsPerTurn, texts.length);
    assert.deepEqual(seen, texts);
    peer.text("behind it");
    await host.settle();
    assert.equal(seen.at(-1), "behind it");
  });

  test("is some thousand frames, however small", async () => {
    const { host, peer, traffic } = listen();
    await host.settle();
    const ping = peer.encode({ opcode: 9 });
    peer.transport.write(Buffer.concat(Array(20_000).fill(ping)));
    assertShared(await turnByTurn(host, () => traffic.pingsReceived), 8192, 20_000);
    assert.equal(peer.takeFrames().length, 20_000);
  });

  test("ends within a large compressed message when its limit was lifted", async () => {
    const { host, peer, seen } = listen({ maxMessageBytes: Infinity });
    await host.settle();
    const text = "x".repeat(67_108_864);
    peer.transport.write(compressedFlood([text]));
    const growths = await turnByTurn(host, () => seen.length);
    // A step within a frame inflates up to 8 MiB.
    assert.ok(growths.length >= 8, `${growths.length} turns for 64 MiB`);
    assert.deepEqual(seen, [text]);
  });

  test("is behind those of others that have something to say", async () => {
    const host = new VirtualHost();
    const order: string[] = [];
    const [flooding, polite] = ["flood", "polite"].map((name) => {
      const [left, right] = createMemoryPair({ turns: host.turns });
      const connection = createConnection(host, "server", left, { deflate: {} });
      connection.listen({
        message(ws, data) {
          order.push(name);
          if (name === "polite") ws.send(data);
        },
      });
      connection.start();
      return new MemoryPeer(right, true);
    });
    await host.settle();
    flooding.transport.write(flood);
    polite.text("hello");
    host.turns.step();
    host.turns.step();
    assert.deepEqual(polite.take(), ["text hello"]);
    assert.ok(order.indexOf("polite") <= textsPerTurn);
    assert.ok(order.length < texts.length, "most of the flood is still to be read");
    await host.settle();
    assert.equal(order.length, texts.length + 1);
  });

  test("is one for all the reads of a turn", async () => {
    const { host, connection, seen } = listen();
    await host.settle();
    const quarter = compressedFlood(texts.slice(0, textsPerTurn));
    arrive(connection, quarter);
    // The transport is paused by now; this had been read before.
    arrive(connection, flood);
    assert.ok(seen.length <= textsPerTurn);
    assertShared(await turnByTurn(host, () => seen.length), textsPerTurn, texts.length);
    assert.deepEqual(seen, [...texts.slice(0, textsPerTurn), ...texts]);
  });

  test("is one for all the small reads of a turn, too", async () => {
    const { host, connection, seen } = listen();
    await host.settle();
    for (const text of texts) arrive(connection, compressedFlood([text]));
    assert.ok(seen.length <= textsPerTurn);
    await host.settle();
    assert.deepEqual(seen, texts);
  });

  test("does not grow because a handler's promise settles within the turn", async () => {
    const { host, connection, peer } = connectToPeer("server", { deflate: {} });
    const seen: unknown[] = [];
    connection.listen({
      async message(_ws, data) {
        await null;
        seen.push(data);
      },
    });
    await host.settle();
    peer.transport.write(flood);
    assertShared(await turnByTurn(host, () => seen.length), textsPerTurn, texts.length);
    assert.deepEqual(seen, texts);
  });

  test("does not grow because an iterator is quick", async () => {
    const { host, connection, peer } = connectToPeer("server", { deflate: {} });
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const data of connection) seen.push(data);
    })();
    await host.settle();
    peer.transport.write(flood);
    assertShared(await turnByTurn(host, () => seen.length), textsPerTurn, texts.length);
    assert.deepEqual(seen, texts);
    peer.close();
    await host.settle();
    peer.transport.end();
    await host.settle();
    await reading;
  });

  test("counts for bytes that came with the opening handshake", async () => {
    const seen: unknown[] = [];
    const handlers = { message: (_ws: unknown, data: unknown) => void seen.push(data) };
    const { host, peer } = connectToPeer("server", { deflate: {}, early: flood.slice(), handlers });
    peer.text("behind it");
    assert.ok(seen.length <= textsPerTurn);
    await host.settle();
    assert.deepEqual(seen, [...texts, "behind it"]);
  });
});

describe("a connection that waits for its next turn", () => {
  test("stays paused when it was paused meanwhile, and does not read ahead of its turn when resumed", async () => {
    const { host, connection, seen } = listen();
    await host.settle();
    arrive(connection, flood);
    const first = seen.length;
    connection.pause();
    await host.settle();
    assert.equal(seen.length, first, "the next turn does not end the pause");
    connection.resume();
    const second = seen.length;
    assert.ok(second - first <= textsPerTurn);
    connection.pause();
    connection.resume();
    assert.equal(seen.length, second, "a pause does not begin another turn");
    await host.settle();
    assert.deepEqual(seen, texts);
  });

  test("is not taken for one whose peer is silent", async () => {
    const { host, connection, peer, seen } = listen({ heartbeat: { intervalMs: 1000, timeoutMs: 500 } });
    await host.settle();
    arrive(connection, flood);
    while (seen.length < texts.length) {
      host.clock.advance(900);
      host.turns.step();
    }
    await host.settle();
    assert.deepEqual([connection.readyState, peer.take()], [1, []]);
  });

  test("answers a violation in the flood, and reads over what follows", async () => {
    const { host, connection, peer, seen } = listen();
    await host.settle();
    peer.transport.write(flood);
    peer.send({ opcode: 3 });
    peer.transport.write(flood);
    await host.settle();
    assert.deepEqual([seen.length, peer.take()], [texts.length, ["close 1002"]]);
    peer.transport.end();
    await host.settle();
    assert.equal(connection.readyState, 3);
  });

  test("closes when its peer asked for it behind the flood, once that has been delivered", async () => {
    const { host, connection, peer, seen } = listen();
    await host.settle();
    peer.transport.write(Buffer.concat([flood, peer.encode({ opcode: 8, payload: Uint8Array.of(3, 232) })]));
    host.turns.step();
    assert.deepEqual([connection.readyState, peer.take()], [1, []]);
    await host.settle();
    assert.deepEqual([seen.length, peer.take()], [texts.length, ["close 1000"]]);
  });

  test("delivers nothing more once it is terminated", async () => {
    const { host, connection, seen } = listen();
    await host.settle();
    arrive(connection, flood);
    const before = seen.length;
    connection.terminate();
    await host.settle();
    assert.deepEqual([seen.length, connection.readyState], [before, 3]);
  });
});
