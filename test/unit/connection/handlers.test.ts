import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Connection } from "#src/connection/index.js";
import { createMemoryPair, type Transport, TransportError } from "#src/transport/index.js";
import {
  connectPair,
  connectToPeer,
  createConnection,
  VirtualHost,
} from "../../support/memory-connection.js";
import { recorder } from "./handler-recorder.js";

/** A connection whose transport the test holds, too. */
function connectToFailing(): { host: VirtualHost; connection: Connection; transport: Transport } {
  const host = new VirtualHost();
  const [transport] = createMemoryPair({ turns: host.turns });
  const connection = createConnection(host, "client", transport, {});
  connection.start();
  return { host, connection, transport };
}

describe("handlers", () => {
  test("are functions of known names, where the user gives them", () => {
    const { handle } = connectToPeer("client").connection;
    const names = "message, drain, ping, pong, close, error";
    for (const [handlers, message] of [
      [undefined, `ws.listen takes an object with handlers (${names}), not undefined`],
      [() => {}, `ws.listen takes an object with handlers (${names}), not a function`],
      [{ onmessage() {} }, '"onmessage" is not a handler of ws.listen; use message(ws, data, isBinary)'],
      [{ open() {} }, '"open" is not a handler of ws.listen; the connection is open already'],
      [{ drain() {}, mesage() {} }, '"mesage" is not a handler of ws.listen; use message'],
      [
        { message() {}, onclose() {} },
        '"onclose" is not a handler of ws.listen; use close(ws, code, reason)',
      ],
      [{ message: 5 }, "the handler message of ws.listen is 5; it takes a function"],
    ] as const) {
      assert.throws(() => handle.listen(handlers as never), { code: "INVALID_ARGUMENT", message });
    }
    handle.listen({ message() {}, reset() {}, messages: 7 } as object);
  });

  test("are called in the order of events, with the connection and what came", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const { calls, handlers } = recorder();
    connection.listen(handlers);
    peer.text("text");
    peer.send({ opcode: 9, payload: Buffer.from("p") });
    peer.send({ opcode: 2, payload: Uint8Array.of(7) });
    peer.send({ opcode: 10, payload: Buffer.from("q") });
    peer.close(4000);
    peer.transport.end();
    await host.settle();
    assert.deepEqual(calls, [
      ["message", "text", false],
      ["ping", "p"],
      ["message", Uint8Array.of(7), true],
      ["pong", "q"],
      ["close", 4000, ""],
    ]);
  });

  test("get what came before they were attached first", async () => {
    const { host, client, server } = connectPair();
    for (let i = 0; i < 40; i++) client.send(`${i}`);
    await host.settle();
    const { calls, handlers } = recorder();
    server.listen(handlers);
    client.send("last");
    await host.settle();
    assert.deepEqual(
      calls.map(([, data]) => data),
      [...Array.from({ length: 40 }, (_, i) => `${i}`), "last"],
    );
  });

  for (const moment of ["while the connection closes", "once it is over"]) {
    test(`are told what the peer did wrong before they were attached, ${moment}`, async () => {
      const { host, connection, peer } = connectToPeer("client");
      peer.send({ opcode: 3, payload: Buffer.from("?") });
      await host.settle();
      if (moment === "once it is over") peer.transport.end();
      await host.settle();
      const { calls, handlers } = recorder();
      connection.listen(handlers);
      peer.transport.end();
      await host.settle();
      assert.deepEqual(
        calls.map(([name]) => name),
        ["error", "close"],
      );
    });
  }

  for (const moment of ["before", "after"]) {
    test(`are told once of a connection that was cut ${moment} they were attached`, async () => {
      const { host, connection, transport } = connectToFailing();
      const { calls, handlers } = recorder();
      if (moment === "after") connection.listen(handlers);
      transport.destroy(new TransportError("CONNECTION_RESET", "cut"));
      await host.settle();
      if (moment === "before") connection.listen(handlers);
      await host.settle();
      assert.deepEqual(
        calls.map(([name]) => name),
        ["error", "close"],
      );
    });
  }

  test("are all optional", async () => {
    const { host, client, server } = connectPair();
    server.listen({});
    client.send("nobody");
    void client.ping();
    client.pong();
    await host.settle();
    void client.close();
    await host.settle();
    assert.equal(server.readyState, 3);
  });

  test("wait for the promise of the message before, and other connections do not", async () => {
    const one = connectPair();
    const other = connectPair();
    const events: string[] = [];
    const finish: (() => void)[] = [];
    one.server.listen({
      message: async (_ws, data) => {
        events.push(`begin ${data}`);
        await new Promise<void>((resolve) => finish.push(resolve));
        events.push(`end ${data}`);
      },
    });
    other.server.listen({ message: (_ws, data) => void events.push(`other ${data}`) });
    for (const text of ["a", "b", "c"]) {
      one.client.send(text);
      other.client.send(text);
    }
    await one.host.settle();
    await other.host.settle();
    assert.deepEqual(events, ["begin a", "other a", "other b", "other c"]);
    for (let i = 0; i < 3; i++) {
      finish[i]();
      await one.host.settle();
    }
    assert.deepEqual(events.slice(4), ["end a", "begin b", "end b", "begin c", "end c"]);
  });

  test("that answer promises slow the peer down, and the close handler waits for them", async () => {
    const { host, client, server } = connectPair();
    const events: string[] = [];
    const finish: (() => void)[] = [];
    server.listen({
      message: (_ws, data) => {
        events.push(String(data));
        return new Promise<void>((resolve) => finish.push(resolve));
      },
      close: () => void events.push("close"),
    });
    client.send("one");
    await host.settle();
    client.send("two");
    void client.close();
    await host.settle();
    assert.ok(client.bufferedAmount > 0, "the server does not read");
    finish[0]();
    await host.settle();
    assert.deepEqual(events, ["one", "two"]);
    finish[1]();
    await host.settle();
    assert.deepEqual(events, ["one", "two", "close"]);
  });

  test("get control frames while the connection is reading", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const { calls, handlers } = recorder();
    connection.listen(handlers);
    peer.send({ opcode: 1, fin: false, payload: Buffer.from("he") });
    peer.send({ opcode: 9, payload: Buffer.from("between") });
    peer.send({ opcode: 0, payload: Buffer.from("llo") });
    await host.settle();
    assert.deepEqual(calls, [
      ["ping", "between"],
      ["message", "hello", false],
    ]);
  });

  test("may send and close from inside, and everything leaves in one write", async () => {
    const { host, connection, peer } = connectToPeer("server");
    connection.listen({
      message: (ws, data) => {
        ws.send(`re: ${data}`);
        if (data === "three") void ws.close(1000, "all answered");
      },
    });
    const messages = ["one", "two", "three", "four"].map((text) =>
      peer.encode({ opcode: 1, payload: Buffer.from(text) }),
    );
    peer.transport.write(Buffer.concat(messages));
    await host.settle();
    assert.equal(peer.writes.length, 1);
    assert.deepEqual(peer.take(), [
      "text re: one",
      "text re: two",
      "text re: three",
      "close 1000 all answered",
    ]);
  });

  test("hear of the end behind what came before they were attached", async () => {
    for (const isPaused of [false, true]) {
      const { host, client, server } = connectPair();
      server.send("hello");
      await host.settle();
      const { calls, handlers } = recorder();
      if (isPaused) client.pause();
      client.listen(handlers);
      void server.close(4000, "bye");
      await host.settle();
      if (isPaused) client.resume();
      await host.settle();
      assert.deepEqual(calls.at(0), ["message", "hello", false]);
      assert.deepEqual(calls.at(-1), ["close", 4000, "bye"]);
    }
  });

  test("hear of the end when iterators have left only control frames in the inbox", async () => {
    const { host, connection, peer } = connectToPeer("client");
    const iterator = connection.messages();
    peer.send({ opcode: 9, payload: Buffer.from("p") });
    peer.close(4000);
    await host.settle();
    peer.transport.end();
    await host.settle();
    assert.equal(connection.readyState, 3);
    connection.pause();
    const { calls, handlers } = recorder();
    connection.listen(handlers);
    await host.settle();
    assert.deepEqual(
      calls.map(([name]) => name),
      ["close"],
    );
    await assert.rejects(iterator.next(), { code: "ALREADY_ITERATING" });
  });

  test("get nothing more once the connection closes for want of room", async () => {
    const { host, connection, peer } = connectToPeer("server", { maxBufferedBytes: 10 });
    const seen: unknown[] = [];
    for (let i = 0; i < 10; i++) peer.text(`message ${i}`);
    await host.settle();
    peer.transport.pause();
    connection.listen({
      message(ws, data) {
        seen.push(data);
        if (seen.length === 2) for (let i = 0; i < 3; i++) ws.send("much too much");
      },
    });
    await host.settle();
    assert.deepEqual(seen, ["message 0", "message 1"]);
    assert.equal(connection.readyState, 2);
    connection.terminate();
  });
});
