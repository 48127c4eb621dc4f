import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { promiseHooks } from "node:v8";
import type { Connection } from "#src/connection/index.js";
import { StateError } from "#src/protocol/index.js";
import { TransportError } from "#src/transport/index.js";
import { connectPair, connectToPeer } from "../../support/memory-connection.js";
import { isClosedError, readAll } from "./message-reader.js";

describe("iterating over a connection", () => {
  test("yields the data of text and binary messages in order, and ends when the connection is closed", async () => {
    const { host, client, server } = connectPair();
    const reading = readAll(server);
    client.send("one");
    client.send(Uint8Array.of(2));
    void client.ping();
    client.send("");
    void client.close(1000, "done");
    await host.settle();
    assert.deepEqual(await reading, { read: ["one", Uint8Array.of(2), ""], error: undefined });
  });

  test("begins with what came before it was asked for", async () => {
    const { host, client, server } = connectPair();
    for (const text of ["a", "b", "c"]) client.send(text);
    await host.settle();
    void client.close();
    await host.settle();
    assert.deepEqual((await readAll(server)).read, ["a", "b", "c"]);
  });

  for (const [name, code, end] of [
    ["without a Close frame", 1006, (connection: Connection) => connection.terminate()],
    ["by the end of TCP", 1006, (connection: Connection) => connection.link.transport.end()],
  ] as const) {
    test(`throws ClosedError with ${code} when the connection ends ${name}, once, behind the last message`, async () => {
      const { host, client, server } = connectPair();
      client.send("last words");
      await host.settle();
      end(client);
      const iterator = server[Symbol.asyncIterator]();
      await host.advance(20_000);
      assert.deepEqual(await iterator.next(), { done: false, value: "last words" });
      await assert.rejects(iterator.next(), isClosedError(code));
      assert.deepEqual(await iterator.next(), { done: true, value: undefined });
      assert.deepEqual(await readAll(server), { read: [], error: undefined });
    });
  }

  test("throws ClosedError, and says why as its cause, when the network or the peer failed", async () => {
    const lost = connectToPeer("client");
    const reading = readAll(lost.connection);
    await lost.host.settle();
    lost.connection.link.terminate(new TransportError("CONNECTION_RESET", "reset"));
    await lost.host.settle();
    const { error } = await reading;
    assert.ok(isClosedError(1006)(error));
    assert.equal(((error as Error).cause as TransportError).code, "CONNECTION_RESET");

    const broken = connectToPeer("client");
    const readingBroken = readAll(broken.connection);
    broken.peer.send({ opcode: 3 });
    await broken.host.advance(20_000);
    const failure = (await readingBroken).error;
    assert.ok(isClosedError(1006)(failure));
    assert.equal(((failure as Error).cause as { code?: string }).code, "UNKNOWN_OPCODE");
  });

  test("ends the same way for those who come after the end", async () => {
    const closed = connectPair();
    void closed.client.close(4001, "over");
    await closed.host.settle();
    assert.deepEqual(await readAll(closed.server), { read: [], error: undefined });
    const lost = connectPair();
    lost.client.terminate();
    await lost.host.settle();
    assert.ok(isClosedError(1006)((await readAll(lost.server)).error));
  });

  test("costs one promise for each message, whether it waits or is waited for", async () => {
    const { host, client, server } = connectPair();
    const iterator = server[Symbol.asyncIterator]();
    for (const text of ["a", "b", "c"]) client.send(text);
    await host.settle();
    const nexts: Promise<IteratorResult<string | Uint8Array>>[] = [];
    let promises = 0;
    const stopCounting = promiseHooks.onInit(() => void promises++);
    for (let i = 0; i < 4; i++) nexts.push(iterator.next());
    client.send("d");
    host.turns.run();
    stopCounting();
    assert.equal(promises, 4);
    const read = (await Promise.all(nexts)).map(({ value }) => value);
    assert.deepEqual(read, ["a", "b", "c", "d"]);
  });

  test("closes the connection with 1000 when the loop is left", async () => {
    for (const leave of ["break", "throw"]) {
      const { host, client, server } = connectPair();
      client.send("one");
      client.send("two");
      const reading = (async () => {
        for await (const data of server) {
          assert.equal(data, "one");
          if (leave === "throw") throw new Error("enough");
          break;
        }
      })().catch((error: Error) => error.message);
      await host.settle();
      assert.equal(await reading, leave === "throw" ? "enough" : undefined);
      assert.equal(server.readyState, 3);
      assert.equal((await client.closed).code, 1000);
    }
  });

  test("keeps the connection when the iterator is asked again within the turn, or handlers take over", async () => {
    const { host, client, server } = connectPair();
    for (const text of ["one", "two", "three"]) client.send(text);
    await host.settle();
    for await (const data of server) {
      assert.equal(data, "one");
      break;
    }
    const again = server[Symbol.asyncIterator]();
    assert.deepEqual(await again.next(), { done: false, value: "two" });
    await host.settle();
    assert.equal(server.readyState, 1);
    await again.return?.();
    const seen: unknown[] = [];
    server.listen({ message: (_ws, data) => seen.push(data) });
    await host.settle();
    assert.deepEqual(seen, ["three"]);
    assert.equal(server.readyState, 1);
  });

  test("does not close a connection that is left because it has ended", async () => {
    const { host, client, server } = connectPair();
    const reading = readAll(server);
    void client.close(4000, "mine");
    await host.settle();
    await reading;
    await host.settle();
    assert.equal((await server.closed).code, 4000);
  });

  test("hands out messages that came before close() was called, and none that came later", async () => {
    const { host, client, server } = connectPair();
    client.send("before");
    await host.settle();
    void server.close();
    client.send("after");
    await host.settle();
    assert.deepEqual(await readAll(server), { read: ["before"], error: undefined });
  });

  test("lets one reader wait at a time", async () => {
    const { host, client, server } = connectPair();
    const first = server[Symbol.asyncIterator]();
    const second = server.messages();
    const waiting = first.next();
    await assert.rejects(
      second.next(),
      (error) => error instanceof StateError && error.code === "ALREADY_ITERATING",
    );
    client.send("for the first");
    await host.settle();
    assert.deepEqual(await waiting, { done: false, value: "for the first" });
  });

  test("and handlers exclude each other", async () => {
    const isTaken = (error: unknown): boolean =>
      error instanceof StateError && error.code === "ALREADY_ITERATING";
    const { client, server } = connectPair();
    client.listen({ message: () => {} });
    assert.throws(() => client[Symbol.asyncIterator](), isTaken);
    assert.throws(() => client.messages(), isTaken);
    assert.throws(() => client.listen({}), isTaken);
    void server[Symbol.asyncIterator]().next();
    assert.throws(() => server.listen({ message: () => {} }), isTaken);
    server.listen({});
  });

  test("of messages() leaves nothing behind that could fill the inbox of a listener", async () => {
    const { host, client, server } = connectPair();
    client.send("first");
    await host.settle();
    for await (const message of server.messages()) {
      assert.equal(message.type, "text");
      break;
    }
    const seen: unknown[] = [];
    server.listen({ message: (_ws, data) => void seen.push(data) });
    for (let i = 0; i < 40; i++) {
      void client.ping();
      await host.settle();
    }
    client.send("behind the pings");
    await host.settle();
    assert.deepEqual(seen, ["behind the pings"]);
  });

  test("goes on for an iterator that waits when another one is left", async () => {
    const { host, client, server } = connectPair();
    const waiting = server[Symbol.asyncIterator]().next();
    await server.messages().return?.();
    await host.settle();
    assert.equal(server.readyState, 1);
    client.send("still here");
    await host.settle();
    assert.deepEqual(await waiting, { done: false, value: "still here" });
  });

  test("is over when the only iterator is left, be it while it waits", async () => {
    const { host, client, server } = connectPair();
    const iterator = server[Symbol.asyncIterator]();
    const waiting = iterator.next();
    await iterator.return?.();
    await host.settle();
    assert.equal(server.readyState, 3);
    assert.equal((await client.closed).code, 1000);
    assert.deepEqual(await waiting, { done: true, value: undefined });
  });

  test("is over for an iterator from before, when a message handler takes its place", async () => {
    const { host, client, server } = connectPair();
    client.send("one");
    await host.settle();
    const iterator = server[Symbol.asyncIterator]();
    assert.deepEqual(await iterator.next(), { done: false, value: "one" });
    const seen: unknown[] = [];
    server.listen({ message: (_ws, data) => void seen.push(data) });
    await assert.rejects(iterator.next(), { code: "ALREADY_ITERATING" });
    client.send("two");
    await host.settle();
    assert.deepEqual(seen, ["two"]);
  });
});

describe("leaving a loop over a connection whose transport is gone", () => {
  test("ends the connection, and what waits is not read", async () => {
    const { host, client, server } = connectPair({ server: { maxQueuedMessages: 1 } });
    server.link.receive(Uint8Array.of(0x81, 0x80, 0, 0, 0, 0, 0x81, 0x80, 0, 0, 0, 0), 0, 12);
    server.link.closed(undefined);
    await host.settle();
    assert.equal(server.readyState, 2);
    for await (const data of server) {
      assert.equal(data, "");
      break;
    }
    await host.settle();
    assert.equal(server.readyState, 3);
    client.terminate();
  });
});
