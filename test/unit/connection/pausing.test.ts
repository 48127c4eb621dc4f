import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ConnectionHandlers } from "#src/connection/index.js";
import { connectPair, connectToPeer } from "../../support/memory-connection.js";
import { createFeed } from "./part-feed.js";

describe("pausing a connection", () => {
  test("stops delivery behind the current message, and loses nothing", async () => {
    const { host, client, server } = connectPair({ maxChunkBytes: 3 });
    const seen: unknown[] = [];
    server.listen({
      message: (ws, data) => {
        seen.push(data);
        if (data === "two") ws.pause();
      },
    });
    for (const text of ["one", "two", "three", "four"]) client.send(text);
    await host.settle();
    assert.deepEqual(seen, ["one", "two"]);
    client.send("five");
    await host.settle();
    assert.deepEqual(seen, ["one", "two"]);
    server.resume();
    await host.settle();
    assert.deepEqual(seen, ["one", "two", "three", "four", "five"]);
  });

  test("outlasts a handler's promise, and a busy handler outlasts a resume", async () => {
    const { host, client, server } = connectPair();
    const seen: unknown[] = [];
    let finish = (): void => {};
    server.listen({
      message: (_ws, data) => {
        seen.push(data);
        return new Promise<void>((resolve) => {
          finish = resolve;
        });
      },
    });
    client.send("one");
    client.send("two");
    client.send("three");
    await host.settle();
    server.resume();
    await host.settle();
    assert.deepEqual(seen, ["one"]);
    server.pause();
    finish();
    await host.settle();
    assert.deepEqual(seen, ["one"]);
    server.resume();
    await host.settle();
    assert.deepEqual(seen, ["one", "two"]);
    finish();
    await host.settle();
    assert.deepEqual(seen, ["one", "two", "three"]);
  });

  test("stops the peer: what it sends waits in its own memory", async () => {
    const { host, client, server } = connectPair();
    server.listen({});
    server.pause();
    await host.settle();
    while (client.bufferedAmount < 500_000) client.send(new Uint8Array(10_000));
    await host.settle();
    assert.ok(client.bufferedAmount >= 500_000);
    server.resume();
    await host.settle();
    assert.equal(client.bufferedAmount, 0);
  });

  test("works before the connection has started", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const seen: unknown[] = [];
    connection.pause();
    connection.listen({ message: (_ws, data) => seen.push(data) });
    peer.text("early");
    await host.settle();
    assert.deepEqual(seen, []);
    connection.resume();
    await host.settle();
    assert.deepEqual(seen, ["early"]);
  });

  test("does not hold up the end of a connection that we close", async () => {
    const { host, client, server } = connectPair();
    server.pause();
    client.send("unread");
    await host.settle();
    const closed = server.close(1001, "enough");
    await host.settle();
    assert.deepEqual(await closed, {
      code: 1001,
      reason: "",
      wasClean: true,
      sent: { code: 1001, reason: "enough" },
      received: { code: 1001, reason: "" },
      closedFirstBy: "us",
    });
  });

  test("does not keep terminate from ending a connection whose transport has closed meanwhile", async () => {
    const { host, client, server } = connectPair({ maxChunkBytes: 4 });
    let ended = 0;
    server.listen({ message: (ws) => ws.pause(), close: () => void ended++ });
    // Several messages in one read: what is behind the first waits inside the connection.
    client.send("one");
    client.link.outbox.flush();
    server.link.receive(Uint8Array.of(0x81, 0x80, 0, 0, 0, 0, 0x81, 0x80, 0, 0, 0, 0), 0, 12);
    server.link.closed(undefined);
    assert.equal(ended, 0, "the rest is still to be delivered");
    server.terminate();
    await host.settle();
    assert.equal(ended, 1);
    assert.equal(server.readyState, 3);
  });

  test("does not keep from anybody that the transport is gone, and what came before it is still delivered", async () => {
    const { host, server } = connectPair({ server: { lowWaterMarkBytes: 0, highWaterMarkBytes: 0 } });
    const seen: unknown[] = [];
    server.listen({
      async message(ws, data) {
        const waiting = [ws.ping(), ws.sendStream(createFeed<string>().source), ws.drained()];
        seen.push(data, ws.readyState);
        for (const { status } of await Promise.allSettled(waiting)) seen.push(status);
      },
      close: (_ws, code) => void seen.push(code),
    });
    server.link.receive(Buffer.concat([messageFrame("a"), messageFrame("b")]), 0, 14);
    await host.settle();
    assert.deepEqual(seen, ["a", 1]);
    server.link.transport.destroy();
    await host.settle();
    assert.deepEqual(seen, [
      "a",
      1,
      "rejected",
      "rejected",
      "fulfilled",
      "b",
      2,
      "rejected",
      "rejected",
      "fulfilled",
      1006,
    ]);
    assert.equal(server.send("nobody hears this"), "dropped");
  });

  /** A server's connection that has messages to deliver, while its transport is gone already. */
  async function cutWhilePaused(handlers: ConnectionHandlers): Promise<ReturnType<typeof connectPair>> {
    const pair = connectPair();
    pair.server.listen(handlers);
    pair.server.pause();
    pair.server.link.receive(Buffer.concat([messageFrame("a"), messageFrame("b")]), 0, 14);
    pair.server.link.transport.destroy();
    await pair.host.settle();
    assert.equal(pair.server.readyState, 2);
    return pair;
  }

  test("does not hold up a close that comes when the transport is gone", async () => {
    const events: unknown[] = [];
    const { host, server } = await cutWhilePaused({
      message: (_ws, data) => void events.push(data),
      close: (_ws, code) => void events.push(code),
    });
    const closed = server.close();
    await host.settle();
    assert.equal((await closed).code, 1006);
    assert.equal(server.readyState, 3);
    assert.deepEqual(events, [1006], "after close nothing is delivered");
  });

  test("does not deliver behind a handler that has thrown, when the transport is gone", async () => {
    const events: unknown[] = [];
    const { host, server } = await cutWhilePaused({
      message: (_ws, data) => {
        events.push(data);
        throw new Error("on purpose");
      },
      error: (_ws, error) => void events.push(error.message),
      close: () => void events.push("close"),
    });
    server.resume();
    await host.settle();
    assert.deepEqual(events, ["a", "on purpose", "close"]);
  });

  test("keeps what was received before the first listener from it, until resumed", async () => {
    const { host, client, server } = connectPair();
    for (const text of ["one", "two", "three"]) client.send(text);
    await host.settle();
    server.pause();
    const seen: unknown[] = [];
    server.listen({
      message: (ws, data) => {
        seen.push(data);
        if (data === "one") ws.pause();
      },
    });
    await host.settle();
    assert.deepEqual(seen, []);
    server.resume();
    await host.settle();
    assert.deepEqual(seen, ["one"]);
    server.resume();
    await host.settle();
    assert.deepEqual(seen, ["one", "two", "three"]);
  });

  test("keeps the end of the connection behind the messages that wait", async () => {
    for (const isClosedByUs of [false, true]) {
      const { host, client, server } = connectPair();
      client.send("one");
      client.send("two");
      void client.close(4000);
      await host.settle();
      server.pause();
      const events: unknown[] = [];
      server.listen({
        message: (_ws, data) => void events.push(data),
        close: (_ws, code) => void events.push(code),
      });
      await host.settle();
      assert.deepEqual(events, []);
      if (isClosedByUs) void server.close();
      else server.resume();
      await host.settle();
      assert.deepEqual(events, isClosedByUs ? [4000] : ["one", "two", 4000]);
    }
  });
});

function messageFrame(letter: string): Uint8Array {
  return Uint8Array.of(0x81, 0x81, 0, 0, 0, 0, letter.charCodeAt(0));
}
