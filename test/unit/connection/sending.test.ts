import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { MessageData, WebSocketMessage } from "#src/connection/index.js";
import { StateError } from "#src/protocol/index.js";
import { connectPair, connectToPeer } from "../../support/memory-connection.js";

const memory = Uint8Array.from({ length: 64 }, (_, i) => i);
const shared = new SharedArrayBuffer(8);
new Uint8Array(shared).set([1, 2, 3, 4, 5, 6, 7, 8]);

/** Views of every kind, and the bytes that each of them shows. */
const views: [string, MessageData, Uint8Array][] = [
  ["Uint8Array", memory.subarray(3, 10), memory.slice(3, 10)],
  ["Buffer", Buffer.from(memory.buffer, 5, 9), memory.slice(5, 14)],
  ["Int8Array", new Int8Array(memory.buffer, 7, 3), memory.slice(7, 10)],
  ["Uint8ClampedArray", new Uint8ClampedArray(memory.buffer, 1, 2), memory.slice(1, 3)],
  ["Uint16Array", new Uint16Array(memory.buffer, 2, 5), memory.slice(2, 12)],
  ["Float32Array", new Float32Array(memory.buffer, 8, 2), memory.slice(8, 16)],
  ["Float64Array", new Float64Array(memory.buffer, 16, 3), memory.slice(16, 40)],
  ["BigInt64Array", new BigInt64Array(memory.buffer, 24, 2), memory.slice(24, 40)],
  ["DataView", new DataView(memory.buffer, 11, 6), memory.slice(11, 17)],
  ["ArrayBuffer", memory.slice(0, 20).buffer, memory.slice(0, 20)],
  ["SharedArrayBuffer", shared, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
  ["view of a SharedArrayBuffer", new Uint8Array(shared, 2, 3), Uint8Array.of(3, 4, 5)],
  ["empty view at the end of its memory", memory.subarray(64), new Uint8Array(0)],
];

describe("sending", () => {
  test("takes options as an object, and says of a callback what there is instead", async () => {
    const { host, connection, peer } = connectToPeer("server");
    for (const [options, message] of [
      [
        () => {},
        'the options of a message are a function; instead of calling back, send answers "sent", "buffered" or "dropped", and drained() resolves',
      ],
      [true, "the options of a message are true; they are an object with binary and compress"],
      [null, "the options of a message are null; they are an object with binary and compress"],
      [{ compres: true }, "compres is not an option of a message; use compress"],
      [
        { fin: false },
        "fin is not an option of a message; use sendStream(source), which sends the parts of a source as fragments of one message",
      ],
      [{ binary: "yes" }, 'binary is "yes"; it takes true or false'],
      [{ compress: 1 }, "compress is 1; it takes true or false"],
    ] as const) {
      assert.throws(() => connection.send("x", options as never), { code: "INVALID_ARGUMENT", message });
      await assert.rejects(connection.sendStream(["x"], options as never), {
        code: "INVALID_ARGUMENT",
        message,
      });
    }
    connection.send("ok", { binary: false, compress: undefined, fin: undefined } as object);
    await host.settle();
    assert.deepEqual(peer.take(), ["text ok"]);
  });

  test("keeps the kind of a message beside options that do not name one", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const message = { type: "binary", data: Buffer.from("abc") } as const;
    connection.send(message, { binary: undefined, compress: false });
    connection.send(new Blob(["def"]), { binary: undefined });
    connection.send(message, { binary: false });
    await host.settle();
    assert.deepEqual(
      peer.takeFrames().map(({ opcode }) => opcode),
      [2, 2, 1],
    );
  });

  test("takes objects for messages only if they are such through and through", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const advice = "use JSON.stringify for objects of your own";
    for (const [data, message] of [
      [{ type: "move", x: 1 }, 'a message has no type "move"; use JSON.stringify for objects'],
      [{ type: 7 }, "a message has no type 7; use JSON.stringify for objects"],
      [{ type: "toString" }, 'a message has no type "toString"; use JSON.stringify for objects'],
      [{ type: "text", data: "hi", user: "ada" }, `a text message has type, data, and no "user"; ${advice}`],
      [{ type: "close", room: "tea" }, `a close message has type, code, reason, and no "room"; ${advice}`],
      [{ type: "ping", at: 5 }, `a ping has type, data, and no "at"; ${advice}`],
      [{ a: 1 }, "a message is a string or bytes, not object; use JSON.stringify for objects"],
      [5n, "a message is a string or bytes, not a bigint; use JSON.stringify for objects"],
    ] as const) {
      assert.throws(() => connection.send(data as never), { code: "INVALID_ARGUMENT", message });
    }
    await host.settle();
    assert.deepEqual(peer.take(), []);
    assert.equal(connection.readyState, 1);
  });

  for (const [name, data, bytes] of views) {
    test(`sends exactly the bytes of a ${name}, from either end, as message, ping and close`, async () => {
      const { host, client, server } = connectPair();
      const seen: unknown[] = [];
      for (const end of [client, server]) {
        end.listen({
          message: (_ws, received, isBinary) => seen.push([end.role, received, isBinary]),
          ping: (_ws, received) => seen.push([end.role, "ping", received]),
        });
      }
      for (const end of [client, server]) {
        assert.equal(end.send(data), "sent");
        void end.ping(data);
        await host.settle();
      }
      assert.deepEqual(seen, [
        ["server", bytes, true],
        ["server", "ping", bytes],
        ["client", bytes, true],
        ["client", "ping", bytes],
      ]);
    });
  }

  test("sends text of every kind, with lone surrogates as U+FFFD", async () => {
    const texts = ["", "plain", "äöü", "🙂", "a\u0000b", "\ufeffx", "x".repeat(70_000), "€".repeat(30_000)];
    const { host, client, server } = connectPair();
    const seen: unknown[] = [];
    server.listen({ message: (_ws, data, isBinary) => seen.push([data, isBinary]) });
    for (const text of texts) client.send(text);
    client.send("lone \ud800 and \udfff");
    await host.settle();
    assert.deepEqual(
      seen,
      [...texts, "lone \ufffd and \ufffd"].map((text) => [text, false]),
    );
  });

  test("sends text as binary and bytes as text when asked to", async () => {
    const { host, client, server } = connectPair();
    const seen: unknown[] = [];
    server.listen({ message: (_ws, data, isBinary) => seen.push([data, isBinary]) });
    client.send("grüße", { binary: true });
    client.send(Buffer.from("grüße"), { binary: false });
    client.send("text", { binary: false });
    client.send(Uint8Array.of(1), { binary: true });
    await host.settle();
    assert.deepEqual(seen, [
      [Uint8Array.from(Buffer.from("grüße")), true],
      ["grüße", false],
      ["text", false],
      [Uint8Array.of(1), true],
    ]);
  });

  test("takes every message that messages() yields", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const messages: WebSocketMessage[] = [
      { type: "text", data: "hello" },
      { type: "binary", data: Uint8Array.of(1, 2) },
      { type: "ping", data: Buffer.from("p") },
      { type: "pong", data: Buffer.from("q") },
      { type: "close", code: 4000, reason: "bye" },
    ];
    assert.deepEqual(
      messages.map((message) => connection.send(message)),
      Array(5).fill("sent"),
    );
    await host.settle();
    assert.deepEqual(peer.take(), ["text hello", "binary 0102", "ping p", "pong q", "close 4000 bye"]);
    assert.deepEqual(
      messages.map((message) => connection.send(message)),
      Array(5).fill("dropped"),
    );
    await host.settle();
    assert.deepEqual(peer.take(), []);
  });

  test("passes on a close message that carried no code", async () => {
    const { host, connection, peer } = connectToPeer("client");
    connection.send({ type: "close", code: 1005, reason: "" });
    await host.settle();
    assert.deepEqual(peer.take(), ["close"]);
  });

  test("sends a Blob once it has been read, in its place among the other messages", async () => {
    const { host, client, server } = connectPair();
    const seen: unknown[] = [];
    const last = new Promise<void>((resolve) => {
      server.listen({
        message: (_ws, data) => {
          seen.push(data);
          if (data === "last") resolve();
        },
      });
    });
    client.send("first");
    assert.equal(client.send(new Blob(["a", Uint8Array.of(0x62), "c"])), "sent");
    assert.equal(client.bufferedAmount > 0, true);
    assert.equal(client.send("between"), "sent");
    client.send(new Blob(["text"]), { binary: false });
    client.send("last");
    const pump = setInterval(() => host.turns.run(), 1);
    await last;
    clearInterval(pump);
    assert.deepEqual(seen, ["first", Uint8Array.from(Buffer.from("abc")), "between", "text", "last"]);
  });

  test("refuses what is no message, without sending anything, also on a closed connection", async () => {
    const { host, connection, peer } = connectToPeer("client");
    const nonsense = [
      undefined,
      null,
      7,
      7n,
      true,
      {},
      [],
      [1, 2],
      () => {},
      Symbol("x"),
      new Date(0),
      { type: "x" },
    ];
    const refuse = (): void => {
      for (const data of nonsense) {
        assert.throws(
          () => connection.send(data as string),
          (error) => error instanceof StateError && error.code === "INVALID_ARGUMENT",
          String(data),
        );
      }
    };
    refuse();
    await host.settle();
    assert.deepEqual(peer.take(), []);
    connection.terminate();
    await host.settle();
    refuse();
  });

  test("copies the data: whoever sent it may reuse its memory at once", async () => {
    for (const role of ["client", "server"] as const) {
      const { host, connection, peer } = connectToPeer(role);
      const bytes = new Uint8Array(300).fill(1);
      connection.send(bytes);
      bytes.fill(2);
      connection.send(bytes.subarray(0, 5));
      bytes.fill(3);
      await host.settle();
      const frames = peer.takeFrames();
      assert.deepEqual(
        frames.map(({ payload }) => payload),
        [new Uint8Array(300).fill(1), new Uint8Array(5).fill(2)],
      );
    }
  });

  test("counts what was sent, and what was dropped", async () => {
    const { host, connection, traffic } = connectToPeer("server");
    connection.send("one");
    connection.send(Uint8Array.of(1));
    await host.settle();
    void connection.close();
    assert.equal(connection.send("late"), "dropped");
    assert.equal(traffic.messagesSent, 2);
    assert.equal(traffic.messagesDropped, 1);
  });

  test("answers dropped once the connection is closing, from the first moment, and never throws for it", async () => {
    const ways: [string, (pair: ReturnType<typeof connectPair>) => void][] = [
      ["our close", ({ client }) => void client.close()],
      ["our terminate", ({ client }) => client.terminate()],
      ["the peer's close", ({ server }) => void server.close()],
      ["the peer's terminate", ({ server }) => server.terminate()],
      ["the end of TCP", ({ server }) => server.link.transport.end()],
    ];
    for (const [name, end] of ways) {
      const pair = connectPair();
      end(pair);
      if (!name.startsWith("our")) await pair.host.settle();
      for (const data of [
        "late",
        Uint8Array.of(1),
        { type: "text", data: "late" } as const,
        new Blob(["late"]),
      ]) {
        assert.equal(pair.client.send(data), "dropped", name);
      }
      await pair.host.advance(20_000);
      assert.equal(pair.client.readyState, 3, name);
      assert.equal(pair.client.send("late"), "dropped", name);
      assert.equal(pair.client.bufferedAmount, 0, name);
    }
  });

  test("sends the bytes that are there, whatever length a subclass says it has", async () => {
    class Liar extends Uint8Array {
      override get length(): number {
        return 100;
      }
    }
    const { host, connection, peer } = connectToPeer("server");
    const own = Uint8Array.of(0x61, 0x62);
    Object.defineProperty(own, "length", { value: 1 });
    for (const data of [Liar.of(0x61, 0x62), own]) connection.send(data);
    await host.settle();
    assert.deepEqual(peer.take(), ["binary ab", "binary ab"]);
  });
});
