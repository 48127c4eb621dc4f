import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { WebSocketMessage } from "#src/connection/index.js";
import { connectPair, connectToPeer } from "../../support/memory-connection.js";
import { isClosedError, readAll } from "./message-reader.js";

describe("messages()", () => {
  test("yields every kind in the order of the wire, and ends behind the close message", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const reading = readAll(connection.messages());
    peer.text("hello");
    peer.send({ opcode: 9, payload: Buffer.from("ping") });
    peer.send({ opcode: 2, payload: Uint8Array.of(1) });
    peer.send({ opcode: 10, payload: Buffer.from("pong") });
    await host.settle();
    assert.deepEqual(peer.take(), ["pong ping"], "pings have been answered already");
    peer.send({ opcode: 8, payload: Buffer.concat([Uint8Array.of(0x0f, 0xa0), Buffer.from("bye")]) });
    peer.transport.end();
    await host.settle();
    const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
    assert.deepEqual(await reading, {
      read: [
        { type: "text", data: "hello" },
        { type: "ping", data: bytes("ping") },
        { type: "binary", data: Uint8Array.of(1) },
        { type: "pong", data: bytes("pong") },
        { type: "close", code: 4000, reason: "bye" },
      ],
      error: undefined,
    });
  });

  test("tells of a close without a code as 1005", async () => {
    const { host, connection, peer } = connectToPeer("client");
    const reading = readAll(connection.messages());
    peer.send({ opcode: 8 });
    peer.transport.end();
    await host.settle();
    assert.deepEqual((await reading).read, [{ type: "close", code: 1005, reason: "" }]);
  });

  test("asked for after the end still tells how the connection ended", async () => {
    for (const isQueued of [false, true]) {
      const { host, client, server } = connectPair();
      if (isQueued) client.send("queued");
      void client.close(4002, "gone");
      await host.settle();
      const expected: WebSocketMessage[] = [{ type: "close", code: 4002, reason: "gone" }];
      if (isQueued) expected.unshift({ type: "text", data: "queued" });
      assert.deepEqual((await readAll(server.messages())).read, expected);
    }
  });

  test("throws ClosedError and yields no close message when there was no Close frame", async () => {
    const { host, client, server } = connectPair();
    const reading = readAll(server.messages());
    client.terminate();
    await host.settle();
    const { read, error } = await reading;
    assert.deepEqual(read, []);
    assert.ok(isClosedError(1006)(error));
  });

  test("shares its messages with the plain iterator, each of which goes to one of them", async () => {
    const { host, client, server } = connectPair();
    for (const text of ["1", "2", "3", "4"]) client.send(text);
    await host.settle();
    const all = server.messages();
    const data = server[Symbol.asyncIterator]();
    assert.deepEqual((await all.next()).value, { type: "text", data: "1" });
    assert.equal((await data.next()).value, "2");
    assert.deepEqual((await all.next()).value, { type: "text", data: "3" });
    assert.equal((await data.next()).value, "4");
  });
});
