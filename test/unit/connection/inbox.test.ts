import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connectPair } from "../../support/memory-connection.js";
import { isClosedError, readAll, waitingBytes } from "./message-reader.js";

describe("inbox", () => {
  test("holds 16 messages and makes the peer wait with the rest, of which none is lost", async () => {
    const { host, client, server } = connectPair();
    const sent = Array.from({ length: 100 }, (_, i) => `message ${i}`);
    for (const text of sent) client.send(text);
    await host.settle();
    client.send("behind");
    await host.settle();
    assert.ok(waitingBytes(client) > 0, "the server has stopped reading");
    const read: unknown[] = [];
    const iterator = server[Symbol.asyncIterator]();
    for (let i = 0; i <= sent.length; i++) {
      read.push((await iterator.next()).value);
      await host.settle();
    }
    assert.deepEqual(read, [...sent, "behind"]);
    assert.equal(waitingBytes(client), 0);
  });

  test("stops reading at exactly maxQueuedMessages", async () => {
    const { host, client, server } = connectPair({ server: { maxQueuedMessages: 3 } });
    for (let i = 1; i <= 2; i++) {
      client.send(`${i}`);
      await host.settle();
    }
    assert.equal(server.link.isReading, true);
    client.send("3");
    await host.settle();
    assert.equal(server.link.isReading, false);
    client.send("4");
    await host.settle();
    assert.ok(waitingBytes(client) > 0);
    const iterator = server[Symbol.asyncIterator]();
    assert.equal((await iterator.next()).value, "1");
    await host.settle();
    assert.equal(server.link.isReading, false, "the fourth has taken the place of the first");
    for (const text of ["2", "3", "4"]) assert.equal((await iterator.next()).value, text);
    assert.equal(server.link.isReading, true);
  });

  test("is bounded in bytes of memory too, in which text counts double", async () => {
    for (const data of ["x".repeat(500), new Uint8Array(1000)]) {
      const { host, client, server } = connectPair({ server: { maxQueuedBytes: 3000 } });
      for (let i = 0; i < 10; i++) {
        client.send(data);
        await host.settle();
      }
      assert.equal(server.link.isReading, false);
      const traffic: unknown[] = [];
      const iterator = server[Symbol.asyncIterator]();
      for (let i = 0; i < 10; i++) {
        traffic.push((await iterator.next()).value);
        await host.settle();
      }
      assert.deepEqual(traffic, Array(10).fill(data));
    }
  });

  test("takes a message that is larger than maxQueuedBytes", async () => {
    const { host, client, server } = connectPair({ server: { maxQueuedBytes: 10 } });
    client.send("longer than ten bytes");
    client.send("next");
    await host.settle();
    const iterator = server[Symbol.asyncIterator]();
    assert.equal((await iterator.next()).value, "longer than ten bytes");
    await host.settle();
    assert.equal((await iterator.next()).value, "next");
  });

  test("full of messages, does not keep a Close from ending the connection when the messages are read", async () => {
    const { host, client, server } = connectPair({ server: { maxQueuedMessages: 2 } });
    for (let i = 0; i < 10; i++) client.send(`${i}`);
    const closed = client.close(1000, "read it all first");
    await host.settle();
    assert.equal(server.readyState, 1, "the Close waits behind the messages");
    const reading = readAll(server);
    await host.settle();
    assert.equal((await reading).read.length, 10);
    assert.equal((await closed).wasClean, true);
  });

  test("full of messages, does not keep the connection's own close from ending it", async () => {
    const { host, client, server } = connectPair({ server: { maxQueuedMessages: 2 } });
    for (let i = 0; i < 10; i++) client.send(`${i}`);
    await host.settle();
    const closed = server.close(1001);
    await host.settle();
    assert.equal((await closed).wasClean, true);
    assert.deepEqual((await readAll(server)).read, ["0", "1"]);
  });

  test("full of messages, does not keep a lost connection from ending once the messages are read", async () => {
    const { host, client, server } = connectPair({ server: { maxQueuedMessages: 2 } });
    for (let i = 0; i < 5; i++) client.send(`${i}`);
    await host.settle();
    client.terminate();
    await host.settle();
    const { read, error } = await readAll(server);
    assert.deepEqual(read.slice(0, 2), ["0", "1"]);
    assert.ok(isClosedError(1006)(error));
    await host.settle();
    assert.equal(server.readyState, 3);
  });
});
