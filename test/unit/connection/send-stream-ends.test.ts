import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { describe, test } from "node:test";
import { ClosedError, type MessageSource } from "#src/connection/index.js";
import { StateError } from "#src/protocol/index.js";
import { connectPair, connectToPeer } from "../../support/memory-connection.js";
import { createFeed } from "./part-feed.js";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("the end of sendStream", () => {
  test("rejects with what the source throws, and closes with 1011, for a message cannot be taken back", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const { source, feed, end } = createFeed<string>();
    const done = connection.sendStream(source);
    feed("half");
    await host.settle();
    connection.send("never");
    const fault = new Error("the disk is gone");
    end(fault);
    await assert.rejects(done, fault);
    await host.settle();
    assert.deepEqual(peer.take(), ["text … half", "close 1011"]);
  });

  test("rejects and leaves the connection open when the source fails before its first part", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const { source, end } = createFeed<string>();
    const done = connection.sendStream(source);
    end(new Error("no such file"));
    await assert.rejects(done, /no such file/);
    connection.send("still here");
    await host.settle();
    assert.deepEqual(peer.take(), ["text still here"]);
  });

  test("rejects parts that are no data, and sources that are none", async () => {
    const { host, connection, peer } = connectToPeer("server");
    await assert.rejects(
      connection.sendStream([7 as never]),
      (error) => error instanceof StateError && error.code === "INVALID_ARGUMENT",
    );
    for (const [source, shown] of [
      [7, "7"],
      [undefined, "undefined"],
      [{}, "an object"],
      [null, "null"],
      [new Uint8Array(1), "bytes, which are one part: use send"],
    ] as const) {
      await assert.rejects(connection.sendStream(source as never), {
        code: "INVALID_ARGUMENT",
        message: `sendStream takes an iterable or a stream of strings and bytes, not ${shown}`,
      });
    }
    await assert.rejects(connection.sendStream([], (() => {}) as never), { code: "INVALID_ARGUMENT" });
    await host.settle();
    assert.deepEqual(peer.take(), []);
    assert.equal(connection.readyState, 1);
  });

  test("rejects with ClosedError when the connection closes meanwhile, and lets go of its source", async () => {
    const ends: [string, (played: ReturnType<typeof connectToPeer>) => void][] = [
      ["by our terminate", ({ connection }) => connection.terminate()],
      ["by the peer's Close", ({ peer }) => peer.close(1000)],
      ["by the peer's end of TCP", ({ peer }) => peer.transport.end()],
      ["by the peer's fault", ({ peer }) => peer.send({ opcode: 3 })],
    ];
    for (const [name, end] of ends) {
      const played = connectToPeer("server");
      const feed = createFeed<string>();
      const done = played.connection.sendStream(feed.source);
      const behind = played.connection.sendStream(["behind"]);
      feed.feed("half");
      await played.host.settle();
      end(played);
      await played.host.settle();
      feed.feed("more");
      await played.host.advance(20_000);
      await assert.rejects(done, (error) => error instanceof ClosedError, name);
      await assert.rejects(behind, (error) => error instanceof ClosedError, name);
      assert.equal(feed.isReleased, true, name);
    }
  });

  test("rejects with ClosedError when the connection ends while the source is silent", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const { source } = createFeed<string>();
    const done = connection.sendStream(source);
    let outcome: unknown;
    done.catch((error) => {
      outcome = error;
    });
    await host.settle();
    peer.close(1001);
    peer.transport.end();
    await host.settle();
    assert.ok(outcome instanceof ClosedError);
    assert.equal(outcome.closeCode, 1001);
  });

  const silent = new Promise<never>(() => {});
  const silentSources: [string, (onRelease: () => void) => MessageSource][] = [
    ["a ReadableStream", (cancel) => new ReadableStream<string>({ pull: () => silent, cancel })],
    ["a stream of Node's", (onRelease) => new Readable({ read() {} }).once("close", onRelease)],
    [
      "an iterator whose return answers never",
      (onRelease) =>
        iterableOf(() => {
          onRelease();
          return silent;
        }),
    ],
    [
      "an iterator whose return throws",
      (onRelease) =>
        iterableOf(() => {
          onRelease();
          throw new Error("nobody hears");
        }),
    ],
  ];
  const iterableOf = (end: () => Promise<never>): MessageSource => ({
    [Symbol.asyncIterator]: () => ({ next: () => silent, return: end }),
  });

  for (const [name, create] of silentSources) {
    for (const place of ["being read", "waiting behind another"]) {
      test(`lets go of ${name}, silent and ${place}, when the connection ends`, async () => {
        const { host, connection } = connectToPeer("server");
        if (place !== "being read") void connection.sendStream(createFeed<string>().source);
        let releases = 0;
        const done = connection.sendStream(create(() => void releases++));
        await host.settle();
        connection.terminate();
        await host.settle();
        await assert.rejects(done, ClosedError);
        await host.settle();
        assert.equal(releases, 1);
      });
    }
  }

  test("rejects at once on a connection that is closing or closed", async () => {
    const { host, client } = connectPair();
    void client.close();
    await assert.rejects(client.sendStream(["late"]), ClosedError);
    await host.settle();
    await assert.rejects(client.sendStream(["later"]), ClosedError);
  });

  test("does not read from a source without end once the connection is gone", async () => {
    const { host, client } = connectPair();
    let asked = 0;
    let isReleased = false;
    async function* endless(): AsyncGenerator<string> {
      try {
        for (;;) {
          asked++;
          yield "more";
        }
      } finally {
        isReleased = true;
      }
    }
    const done = client.sendStream(endless());
    client.terminate();
    await host.settle();
    await assert.rejects(done, ClosedError);
    assert.ok(asked < 5, `${asked} parts were asked for`);
    assert.equal(isReleased, true);
  });

  test("closes a source that is not read: a web stream, an iterator that has begun", async () => {
    for (const sendAndClose of [
      ({ connection }: ReturnType<typeof connectToPeer>, source: MessageSource) => {
        connection.terminate();
        return connection.sendStream(source);
      },
      ({ connection }: ReturnType<typeof connectToPeer>, source: MessageSource) => {
        void connection.sendStream(createFeed<string>().source);
        const sent = connection.sendStream(source);
        connection.terminate();
        return sent;
      },
    ]) {
      const released: string[] = [];
      const web = new ReadableStream<string>({ cancel: () => void released.push("web") });
      const locked = new ReadableStream<string>();
      locked.getReader();
      const begun = counting(() => released.push("begun"));
      begun.next();
      const stubborn: object = {
        next: () => ({ done: true, value: "" }),
        return: () => Promise.reject(new Error("no")),
        [Symbol.iterator]: () => stubborn,
      };
      const angry = {
        destroy() {
          throw new Error("no");
        },
        [Symbol.asyncIterator]: () => stubborn,
      };
      for (const source of [web, locked, begun, stubborn, angry, ["again"]]) {
        const played = connectToPeer("server");
        const sent = sendAndClose(played, source as MessageSource);
        await played.host.settle();
        await assert.rejects(sent, ClosedError);
      }
      assert.deepEqual(released, ["web", "begun"]);
    }
  });

  test("need not be awaited, whatever becomes of it", async () => {
    const { host, client } = connectPair();
    const { source, end } = createFeed<string>();
    void client.sendStream(source);
    client.send("waiting");
    end(new Error("nobody hears"));
    client.terminate();
    void client.sendStream(["late"]);
    await host.settle();
  });

  test("makes shared frames wait too, which are dropped quietly when the connection ends first", async () => {
    const { host, connection, peer, traffic } = connectToPeer("server");
    const frame = bytes(0x81, 0x02, 0x68, 0x69);
    const { source, feed, end } = createFeed<string>();
    void connection.sendStream(source);
    feed("x");
    await host.settle();
    assert.equal(connection.sendShared(frame), "sent");
    end();
    await host.settle();
    assert.deepEqual(peer.take(), ["text … x", "continuation", "text hi"]);
    assert.deepEqual([traffic.messagesSent, traffic.messagesDropped], [2, 0]);
    void connection.sendStream(createFeed<string>().source);
    connection.sendShared(frame);
    connection.send("waiting");
    connection.terminate();
    await host.settle();
    assert.equal(connection.sendShared(frame), "dropped");
    assert.equal(connection.bufferedAmount, 0);
    assert.deepEqual([traffic.messagesSent, traffic.messagesDropped], [2, 3], "each is counted once");
  });
});

function* counting(onReturn: () => void): Generator<string> {
  try {
    for (;;) yield "more";
  } finally {
    onReturn();
  }
}
