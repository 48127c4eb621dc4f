import assert from "node:assert/strict";
import { ReadableStream } from "node:stream/web";
import { describe, test } from "node:test";
import type { MessageSource } from "#src/connection/index.js";
import { connectPair, connectToPeer } from "../../support/memory-connection.js";
import { createFeed } from "./part-feed.js";
import { assertShared, turnByTurn } from "./turn-by-turn.js";

/** What arrives of a source, as one message. */
async function transfer(source: MessageSource, options?: { binary?: boolean }): Promise<unknown[]> {
  const { host, client, server } = connectPair();
  const seen: unknown[] = [];
  server.listen({ message: (_ws, data, isBinary) => void seen.push(data, isBinary) });
  const done = client.sendStream(source, options);
  await host.settle();
  await done;
  return seen;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("sendStream", () => {
  test("sends parts as the fragments of one message, and ends it with an empty one", async () => {
    const { host, connection, peer } = connectToPeer("client");
    await Promise.all([connection.sendStream(["one", "two", "three"]), host.settle()]);
    assert.deepEqual(peer.take(), [
      "text … one",
      "continuation … two",
      "continuation … three",
      "continuation",
    ]);
  });

  test("takes iterables, async iterables and web streams, of text and of bytes", async () => {
    const parts = [bytes(1, 2), bytes(), bytes(3)];
    async function* generate<T>(values: T[]): AsyncGenerator<T> {
      for (const value of values) yield value;
    }
    const webStream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const part of parts) controller.enqueue(part);
        controller.close();
      },
    });
    for (const source of [parts, generate(parts), webStream]) {
      assert.deepEqual(await transfer(source as MessageSource), [bytes(1, 2, 3), true]);
    }
    for (const source of [["a", "", "b"], generate(["a", "b"]), new Set(["a", "b"])]) {
      assert.deepEqual(await transfer(source), ["ab", false]);
    }
  });

  test("decides between text and binary by the first part, unless told", async () => {
    const text = Buffer.from("text");
    assert.deepEqual(await transfer([text], { binary: false }), ["text", false]);
    assert.deepEqual(await transfer(["text"], { binary: true }), [Uint8Array.from(text), true]);
    assert.deepEqual(await transfer(["te", Buffer.from("xt")]), ["text", false]);
    assert.deepEqual(await transfer([]), [bytes(), true]);
    assert.deepEqual(await transfer([], { binary: false }), ["", false]);
  });

  test("joins characters that are cut between two parts", async () => {
    const [high, low] = "🙂";
    assert.deepEqual(await transfer([`a${"🙂"[0]}`, `${"🙂"[1]}b`]), ["a🙂b", false]);
    assert.deepEqual([high, low], ["🙂", undefined]);
    assert.deepEqual(await transfer(["\ud83d", "", "\ude42"]), ["🙂", false]);
    assert.deepEqual(await transfer(["a", "\ud83d"]), ["a\ufffd", false]);
    assert.deepEqual(await transfer(["\ud83d", "b"]), ["\ufffdb", false]);
    assert.deepEqual(await transfer(["\ud83d", Buffer.from("b")]), ["\ufffdb", false]);
    assert.deepEqual(await transfer(["x\ud83d", "\ud83d", "\ude42y"]), ["x\ufffd🙂y", false]);
  });

  test("copies each part: a source may reuse its memory", async () => {
    function* reuse(): Generator<Uint8Array> {
      const memory = new Uint8Array(3);
      for (let i = 1; i <= 3; i++) {
        memory.fill(i);
        yield memory;
      }
      memory.fill(9);
    }
    assert.deepEqual(await transfer(reuse()), [bytes(1, 1, 1, 2, 2, 2, 3, 3, 3), true]);
  });

  test("lets messages wait behind it, and pings, pongs and the answers to pings go in between", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const { source, feed, end } = createFeed<string>();
    const done = connection.sendStream(source);
    feed("begin ");
    await host.settle();
    assert.equal(connection.send("later"), "sent");
    connection.send(bytes(1, 2));
    void connection.ping("ping");
    connection.pong("pong");
    peer.send({ opcode: 9, payload: Buffer.from("theirs") });
    await host.settle();
    assert.deepEqual(
      peer.take(),
      ["text … begin ", "ping ping", "pong pong", "pong theirs"].map((text) => text.trimEnd()),
    );
    const second = connection.sendStream(["second"]);
    connection.send("last");
    feed("end");
    await host.settle();
    end();
    await host.settle();
    await Promise.all([done, second]);
    assert.deepEqual(peer.take(), [
      "continuation … end",
      "continuation",
      "text later",
      "binary 0102",
      "text … second",
      "continuation",
      "text last",
    ]);
  });

  test("is not held up by the messages that wait behind it, however large they are", async () => {
    const { host, client, server } = connectPair();
    const seen: number[] = [];
    server.listen({ message: (_ws, data) => void seen.push(data.length) });
    const { source, feed, end } = createFeed<Uint8Array>();
    const done = client.sendStream(source);
    const results = Array.from({ length: 5 }, () => client.send(new Uint8Array(50_000)));
    assert.deepEqual(results, ["sent", ...Array(4).fill("buffered")]);
    assert.ok(client.bufferedAmount >= 250_000);
    for (let i = 0; i < 4; i++) {
      await host.settle();
      feed(new Uint8Array(30_000));
    }
    await host.settle();
    end();
    await host.settle();
    await done;
    assert.deepEqual(seen, [120_000, 50_000, 50_000, 50_000, 50_000, 50_000]);
    assert.equal(client.bufferedAmount, 0);
  });

  test("asks its source for more only when the network has taken enough", async () => {
    const { host, client, server } = connectPair();
    server.listen({});
    server.pause();
    let asked = 0;
    async function* large(): AsyncGenerator<Uint8Array> {
      for (; asked < 100; asked++) yield new Uint8Array(10_000);
    }
    const done = client.sendStream(large());
    await host.settle();
    assert.ok(asked < 5, `${asked} parts were asked for`);
    server.resume();
    for (let i = 0; i < 200 && asked < 100; i++) await host.settle();
    await done;
    assert.equal(asked, 100);
  });

  test("gives others their turn, even if its source never waits", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const part = new Uint8Array(1000);
    function* parts(): Generator<Uint8Array> {
      for (let i = 0; i < 1000; i++) yield part;
    }
    const done = connection.sendStream(parts());
    const growths = await turnByTurn(host, () => peer.writes.reduce((sum, { length }) => sum + length, 0));
    await done;
    assertShared(growths, 150_000, 1_004_002);
  });
});
