import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeMessage, encodeText, pureEngine } from "#src/protocol/index.js";
import { connectPair, connectToPeer } from "../../support/memory-connection.js";

const both = {
  deflate: { thresholdBytes: 64 },
  maxMessageBytes: 10_000_000,
  maxQueuedBytes: 100_000_000,
  maxQueuedMessages: 1000,
};

/** Text that compresses, and differs with the number. */
function lines(count: number, seed = 0): string {
  return Array.from(
    { length: count },
    (_, i) => `line ${i * 7 + seed} of a text that says much the same each time\n`,
  ).join("");
}

describe("compressed connection", () => {
  test("carries messages of every size in both directions, compressed from the threshold on", async () => {
    const { host, client, server } = connectPair({ both });
    const seen: unknown[] = [];
    client.listen({ message: (_ws, data) => void seen.push(data) });
    server.listen({ message: (ws, data) => void ws.send(data) });
    const sent = [
      "",
      "short",
      lines(2),
      lines(100),
      lines(3000),
      new Uint8Array(300_000),
      lines(1),
      "€".repeat(100_000),
    ];
    for (const message of sent) {
      client.send(message);
      for (let i = 0; i < 10; i++) await host.settle();
    }
    assert.deepEqual(seen, sent);
  });

  test("RFC 7692 §6.1: marks compressed messages, and leaves small ones alone unless asked", async () => {
    const { host, connection, peer } = connectToPeer("server", { deflate: {} });
    connection.send("small");
    connection.send("small", { compress: true });
    connection.send(lines(100));
    connection.send(lines(100), { compress: false });
    connection.send({ type: "text", data: "small too" }, { compress: true });
    await host.settle();
    assert.deepEqual(
      peer.takeFrames().map(({ rsv1 }) => rsv1),
      [false, true, true, false, true],
    );
  });

  test("RFC 7692 §5: compresses nothing where nothing was agreed", async () => {
    const { host, connection, peer } = connectToPeer("server");
    connection.send("x", { compress: true });
    await connection.sendStream(["y"], { compress: true });
    await host.settle();
    assert.deepEqual(peer.take(), ["text x", "text … y", "continuation"]);
  });

  test("RFC 7692 §6.1: compresses streams when asked, fragment by fragment", async () => {
    const { host, client, server } = connectPair({ both });
    const seen: unknown[] = [];
    server.listen({ message: (_ws, data) => void seen.push(data) });
    const parts = Array.from({ length: 20 }, (_, i) => lines(30, i));
    await Promise.all([client.sendStream(parts, { compress: true }), host.settle()]);
    await Promise.all([client.sendStream(parts.slice(0, 3), { compress: true }), host.settle()]);
    await host.settle();
    assert.deepEqual(seen, [parts.join(""), parts.slice(0, 3).join("")]);
  });

  test("compresses a large message in pieces, between which others get their turn, and counts it meanwhile", async () => {
    for (const large of [lines(10_000), "\u6c34".repeat(50_000)]) await sendInPieces(large);
  });

  async function sendInPieces(large: string): Promise<void> {
    const { host, connection, peer } = connectToPeer("server", { deflate: {} });
    assert.equal(connection.send(large), "buffered");
    assert.ok(
      connection.bufferedAmount >= large.length,
      `${connection.bufferedAmount} bytes are said to wait`,
    );
    assert.equal(connection.send("behind it"), "buffered");
    for (let i = 0; i < 20; i++) await host.settle();
    const frames = peer.takeFrames();
    assert.ok(frames.length >= 3);
    assert.deepEqual(
      frames.map(({ rsv1 }) => rsv1),
      [true, ...Array(frames.length - 1).fill(false)],
    );
    assert.equal(Buffer.from(frames.at(-1)?.payload ?? []).toString(), "behind it");
    assert.equal(connection.bufferedAmount, 0);
  }

  test("copies a large message before it returns: whoever sent it may reuse its memory", async () => {
    for (const make of [
      (length: number) => new Uint8Array(length),
      (length: number) => Buffer.alloc(length),
    ]) {
      const { host, client, server } = connectPair({ both });
      const seen: unknown[] = [];
      server.listen({ message: (_ws, data) => void seen.push(data) });
      const bytes = make(500_000).fill(1);
      client.send(bytes);
      bytes.fill(2);
      for (let i = 0; i < 20; i++) await host.settle();
      assert.deepEqual(seen, [new Uint8Array(500_000).fill(1)]);
    }
  });

  test("keeps the order of large and small messages", async () => {
    const { host, client, server } = connectPair({ both });
    const seen: number[] = [];
    server.listen({ message: (_ws, data) => void seen.push(data.length) });
    const lengths = [200_000, 5, 400_000, 6, 7, 300_000, 8];
    for (const length of lengths) client.send(new Uint8Array(length));
    for (let i = 0; i < 60; i++) await host.settle();
    assert.deepEqual(seen, lengths);
  });

  test("goes on when the connection ends in the middle of a large message", async () => {
    const { host, client } = connectPair({ both });
    client.send(lines(20_000));
    client.send("behind");
    await new Promise((resolve) => setImmediate(resolve));
    client.terminate();
    for (let i = 0; i < 10; i++) await host.settle();
    assert.equal(client.bufferedAmount, 0);
    assert.equal(client.readyState, 3);
  });

  test("sends shared frames between its own messages, which the peer can still inflate", async () => {
    for (const agreed of [{}, { serverNoContextTakeover: true }]) {
      const { host, client, server } = connectPair({ both: { ...both, agreed } });
      const seen: unknown[] = [];
      client.listen({ message: (_ws, data) => void seen.push(data) });
      const codec = server.link.codec;
      assert.ok(codec !== undefined);
      const expected: string[] = [];
      for (let i = 0; i < 5; i++) {
        const own = lines(50);
        const shared = lines(60, i);
        server.send(own);
        server.sendShared(encodeMessage(codec.encodeAlone(encodeText(pureEngine, shared)), false, true));
        server.sendShared(encodeMessage(encodeText(pureEngine, "plain"), false, false));
        server.send(own);
        expected.push(own, shared, "plain", own);
        await host.settle();
      }
      assert.deepEqual(seen, expected);
    }
  });

  test("closes cleanly while a message is being inflated, from either end", async () => {
    for (const closer of ["client", "server"] as const) {
      const pair = connectPair({ both, maxChunkBytes: 100 });
      pair.server.listen({});
      pair.client.send(lines(300), { compress: true });
      // Some of the message has arrived.
      pair.client.link.outbox.flush();
      const other = closer === "client" ? pair.server : pair.client;
      void pair[closer].close(4000);
      await pair.host.settle();
      const info = await other.closed;
      assert.deepEqual([info.code, info.wasClean], [4000, true]);
    }
    const lost = connectToPeer("server", { deflate: {} });
    const encoded = lost.peer.encode({
      opcode: 2,
      fin: false,
      rsv1: true,
      payload: Uint8Array.of(0xf2, 0x48, 0xcd),
    });
    lost.peer.transport.write(encoded);
    await lost.host.settle();
    lost.connection.terminate();
    await lost.host.settle();
    assert.equal(lost.connection.readyState, 3);
  });

  test("fails with 1007 on data that is none, and with 1009 on a bomb", async () => {
    const invalid = connectToPeer("server", { deflate: {} });
    invalid.peer.send({ opcode: 2, rsv1: true, payload: Uint8Array.of(0x07) });
    await invalid.host.settle();
    assert.deepEqual(invalid.peer.take(), ["close 1007"]);
    const { host, client, server } = connectPair({
      client: both,
      server: { ...both, maxMessageBytes: 100_000 },
    });
    client.send(new Uint8Array(10_000_000));
    for (let i = 0; i < 200; i++) await host.settle();
    assert.equal(server.link.protocol.closeSent?.code, 1009);
    assert.equal((await client.closed).code, 1009);
  });

  test("borrows nothing from the compressor once it is over", async () => {
    const { host, client, server } = connectPair({ both });
    server.listen({});
    client.send(lines(100));
    await host.settle();
    client.terminate();
    await host.settle();
    assert.equal(client.send(lines(100)), "dropped");
    assert.equal(server.send(lines(100)), "dropped");
  });
});
