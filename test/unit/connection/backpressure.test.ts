import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClosedError, type MessageSource } from "#src/connection/index.js";
import { LimitError } from "#src/protocol/index.js";
import { connectPair, connectToPeer } from "../../support/memory-connection.js";

/** A server's connection whose peer takes nothing until told. */
function connectToSlowPeer(options: Parameters<typeof connectToPeer>[1] = {}) {
  const played = connectToPeer("server", options);
  played.peer.transport.pause();
  return played;
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe("backpressure", () => {
  test("send answers sent up to the high-water mark, buffered above it", async () => {
    const { host, connection, peer } = connectToSlowPeer({ highWaterMarkBytes: 1000 });
    // Each message takes 100 bytes on the wire.
    const results = Array.from({ length: 12 }, () => connection.send(new Uint8Array(98)));
    assert.deepEqual(results, [...Array(10).fill("sent"), "buffered", "buffered"]);
    assert.equal(connection.bufferedAmount, 1200);
    peer.transport.resume();
    await host.settle();
    assert.equal(connection.bufferedAmount, 0);
    assert.equal(connection.send(new Uint8Array(98)), "sent");
  });

  test("drained waits for the low-water mark", async () => {
    const { host, connection, peer } = connectToSlowPeer({
      highWaterMarkBytes: 1000,
      lowWaterMarkBytes: 300,
    });
    assert.equal(await connection.drained(), true);
    connection.send(new Uint8Array(296));
    assert.equal(await connection.drained(), true);
    connection.send(new Uint8Array(98));
    const drained = [connection.drained(), connection.drained()];
    await host.settle();
    assert.deepEqual(await Promise.all(drained.map(isSettled)), [false, false]);
    peer.transport.resume();
    await host.settle();
    assert.deepEqual(await Promise.all(drained), [true, true]);
    assert.equal(connection.bufferedAmount, 0);
  });

  test("drained resolves with false when the connection ends, and at once when it has ended", async () => {
    const { host, connection } = connectToSlowPeer({ lowWaterMarkBytes: 0, highWaterMarkBytes: 0 });
    connection.send("x");
    const drained = connection.drained();
    connection.terminate();
    await host.settle();
    assert.equal(await drained, false);
    assert.equal(await connection.drained(), false);
  });

  test("the drain handler is called once, when the low-water mark is reached after buffered or dropped", async () => {
    const { host, connection, peer } = connectToSlowPeer({ highWaterMarkBytes: 1000 });
    let calls = 0;
    connection.listen({
      drain(ws) {
        calls++;
        assert.ok(ws.bufferedAmount <= 250);
      },
    });
    connection.send(new Uint8Array(500));
    peer.transport.resume();
    await host.settle();
    assert.equal(calls, 0, "it was never above the mark");
    peer.transport.pause();
    for (let i = 0; i < 20; i++) connection.send(new Uint8Array(100));
    await host.settle();
    assert.equal(calls, 0);
    peer.transport.resume();
    await host.settle();
    assert.equal(calls, 1);
  });

  test("the drain handler is called for messages that had to wait behind a stream", async () => {
    const { host, connection } = connectToPeer("server", { highWaterMarkBytes: 5 });
    let calls = 0;
    connection.listen({ drain: () => void calls++ });
    let finish = (): void => {};
    const isFinished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    void connection.sendStream(
      (async function* () {
        yield "x";
        await isFinished;
      })(),
    );
    await host.settle();
    assert.equal(connection.send("few"), "sent");
    assert.equal(connection.send("many"), "buffered");
    await host.settle();
    assert.equal(calls, 0);
    finish();
    await host.settle();
    assert.equal(calls, 1);
  });

  test("passing maxBufferedBytes closes with 1013, once, and says so to the error handler", async () => {
    const { host, connection, peer, traffic } = connectToSlowPeer({ maxBufferedBytes: 1000 });
    const errors: Error[] = [];
    connection.listen({ error: (_ws, error) => void errors.push(error) });
    assert.equal(
      connection.send(new Uint8Array(5000)),
      "sent",
      "messages are whole: the one that passes is taken",
    );
    assert.equal(connection.send("one too many"), "dropped");
    assert.equal(connection.send("another"), "dropped");
    assert.equal(connection.readyState, 2);
    assert.equal(errors.length, 1);
    const [error] = errors;
    assert.ok(error instanceof LimitError);
    assert.deepEqual(
      [error.code, error.closeCode, error.limit, error.actual],
      ["BUFFER_FULL", 1013, 1000, 5004],
    );
    assert.equal(traffic.messagesDropped, 2);
    peer.transport.resume();
    await host.settle();
    assert.deepEqual(
      peer.takeFrames().map(({ opcode, payload }) => [opcode, payload.length]),
      [
        [2, 5000],
        [8, 2],
      ],
    );
  });

  test("passing maxBufferedBytes drops and counts when the policy says so, until the peer catches up", async () => {
    const options = { maxBufferedBytes: 1000, bufferPolicy: "drop" } as const;
    const { host, connection, peer, traffic } = connectToSlowPeer(options);
    let drains = 0;
    connection.listen({ drain: () => void drains++ });
    connection.send(new Uint8Array(1001));
    for (let i = 0; i < 10; i++) assert.equal(connection.send("lost"), "dropped");
    assert.equal(traffic.messagesDropped, 10);
    assert.equal(connection.readyState, 1);
    peer.transport.resume();
    await host.settle();
    assert.equal(drains, 1);
    assert.equal(connection.send("through"), "sent");
    await host.settle();
    assert.deepEqual(peer.take().slice(1), ["text through"]);
  });

  test("pings and pongs pass the same bound: a ping rejects, a pong is dropped and counted", async () => {
    const options = { maxBufferedBytes: 1000, bufferPolicy: "drop" } as const;
    const { host, connection, peer, traffic } = connectToSlowPeer(options);
    const refused: Error[] = [];
    const ping = (): void => void connection.ping(new Uint8Array(100)).catch((error) => refused.push(error));
    for (let i = 0; i < 10; i++) ping();
    assert.equal(connection.bufferedAmount, 1020);
    for (let i = 0; i < 100; i++) {
      ping();
      connection.pong(new Uint8Array(100));
      assert.equal(connection.send({ type: "ping", data: new Uint8Array(100) }), "dropped");
      assert.equal(connection.send({ type: "pong", data: new Uint8Array(100) }), "dropped");
    }
    assert.equal(connection.bufferedAmount, 1020);
    assert.equal(traffic.messagesDropped, 300);
    await host.settle();
    assert.equal(refused.length, 100);
    const [error] = refused;
    assert.ok(error instanceof LimitError);
    assert.deepEqual([error.code, error.limit, error.actual], ["BUFFER_FULL", 1000, 1020]);
    peer.transport.resume();
    await host.settle();
    assert.equal(connection.send({ type: "pong", data: new Uint8Array(1) }), "sent");
  });

  test("a ping that finds no room closes with 1013 as a message does", async () => {
    const { connection, traffic } = connectToSlowPeer({ maxBufferedBytes: 1000 });
    connection.send(new Uint8Array(2000));
    await assert.rejects(connection.ping(), LimitError);
    assert.equal(connection.link.protocol.closeSent?.code, 1013);
    assert.equal(traffic.messagesDropped, 0, "a rejection says enough");
    await assert.rejects(connection.ping(), ClosedError);
  });

  test("message objects of control frames say when much waits", () => {
    const { connection } = connectToSlowPeer({ highWaterMarkBytes: 100 });
    const pong = { type: "pong", data: new Uint8Array(98) } as const;
    assert.deepEqual([connection.send(pong), connection.send(pong)], ["sent", "buffered"]);
  });

  test("streams that wait for their turn are bounded, and those beyond reject and are let go of", async () => {
    const options = { maxBufferedBytes: 100_000, bufferPolicy: "drop" } as const;
    const { host, connection } = connectToPeer("server", options);
    let [refused, released] = [0, 0];
    const source: MessageSource = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        async return() {
          released++;
          return { done: true, value: undefined };
        },
      }),
    };
    for (let i = 0; i < 2000; i++) {
      connection.sendStream(source).catch((error) => {
        assert.equal((error as LimitError).code, "BUFFER_FULL");
        refused++;
      });
    }
    await host.settle();
    assert.ok(refused > 1500 && refused < 1750, `${refused} of 2000 were refused`);
    assert.equal(released, refused);
  });

  test("a small Blob, and what is behind it, are no reason to wait for a drain", async () => {
    const { host, connection } = connectToPeer("server");
    let drains = 0;
    connection.listen({ drain: () => void drains++ });
    assert.deepEqual([connection.send(new Blob(["x"])), connection.send("y")], ["sent", "sent"]);
    for (let i = 0; i < 10 && connection.bufferedAmount > 0; i++) await host.settle();
    assert.equal(connection.bufferedAmount, 0);
    assert.equal(drains, 0);
  });

  test("bytes that the network would take at once do not count against maxBufferedBytes", async () => {
    const { host, connection, peer } = connectToPeer("server", { maxBufferedBytes: 100 });
    // A transport that takes everything while it is called.
    const { transport } = connection.link;
    Object.defineProperty(transport, "pendingBytes", { get: () => 0 });
    for (let i = 0; i < 50; i++) assert.equal(connection.send(new Uint8Array(98)), "sent");
    await host.settle();
    assert.equal(peer.takeFrames().length, 50);
    assert.equal(connection.readyState, 1);
  });

  test("counts bytes that wait behind a stream, and in Blobs", async () => {
    const { host, connection } = connectToPeer("server", { maxBufferedBytes: 1000, bufferPolicy: "drop" });
    void connection.sendStream(
      (async function* () {
        yield "x";
        await new Promise(() => {});
      })(),
    );
    await host.settle();
    connection.send(new Blob([new Uint8Array(600)]));
    assert.equal(connection.bufferedAmount, 600);
    connection.send("x".repeat(500));
    assert.equal(connection.bufferedAmount, 1100);
    assert.equal(connection.send("no more"), "dropped");
    connection.terminate();
    await host.settle();
    assert.equal(connection.bufferedAmount, 0);
  });

  test("slows two ends that echo each other's floods, without loss", async () => {
    const { host, client, server } = connectPair({ maxChunkBytes: 5000 });
    server.listen({
      async message(ws, data) {
        if (ws.send(data) === "buffered") await ws.drained();
      },
    });
    const total = 300;
    let echoed = 0;
    client.listen({ message: () => void echoed++ });
    const sending = (async () => {
      for (let i = 0; i < total; i++)
        if (client.send(new Uint8Array(10_000)) === "buffered") await client.drained();
    })();
    for (let i = 0; i < 5000 && echoed < total; i++) await host.settle();
    await sending;
    assert.equal(echoed, total);
    assert.deepEqual([client.bufferedAmount, server.bufferedAmount], [0, 0]);
  });
});
