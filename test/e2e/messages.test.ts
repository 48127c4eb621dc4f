import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, StateError, type WebSocketMessage } from "sluice";
import { echo, nextMessage, startServer } from "../support/sluice-server.js";

describe("messages there and back", () => {
  for (const compression of [false, true]) {
    test(`of every size, as text and as bytes${compression ? ", compressed" : ""}`, async (t) => {
      const limits = { maxMessageBytes: 4_194_304, maxBufferedBytes: Infinity };
      const { url } = await startServer(t, echo, { compression, ...limits });
      const ws = await connect(url, { compression, ...limits });
      for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 262_144, 1_048_576, 3_000_001]) {
        const text = "xyz".repeat(length).slice(0, length);
        ws.send(text);
        assert.equal(await nextMessage(ws), text);
        const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) ^ (i >> 8));
        ws.send(bytes);
        assert.ok(Buffer.from((await nextMessage(ws)) as Uint8Array).equals(bytes), `${length} bytes`);
      }
      await ws.close();
    });
  }

  test("of every kind of bytes, and exactly those", async (t) => {
    const { url } = await startServer(t, echo);
    const ws = await connect(url);
    const memory = Uint8Array.from({ length: 64 }, (_, i) => i);
    const shared = new SharedArrayBuffer(4);
    new Uint8Array(shared).set([9, 8, 7, 6]);
    const given: [ArrayBufferView | ArrayBuffer | SharedArrayBuffer, number[]][] = [
      [memory.subarray(3, 7), [3, 4, 5, 6]],
      [new Uint16Array(memory.buffer, 4, 2), [4, 5, 6, 7]],
      [new Float64Array(memory.buffer, 8, 1), [8, 9, 10, 11, 12, 13, 14, 15]],
      [new DataView(memory.buffer, 10, 3), [10, 11, 12]],
      [memory.buffer.slice(1, 4), [1, 2, 3]],
      [Buffer.from("hi"), [0x68, 0x69]],
      [shared, [9, 8, 7, 6]],
      [new Uint8Array(0), []],
    ];
    for (const [data, expected] of given) {
      ws.send(data);
      assert.deepEqual([...((await nextMessage(ws)) as Uint8Array)], expected);
    }
    await ws.close();
  });

  test("bytes may be reused as soon as send returns", async (t) => {
    const { url } = await startServer(t, echo);
    const ws = await connect(url);
    const bytes = new Uint8Array(100_000).fill(1);
    ws.send(bytes);
    bytes.fill(2);
    assert.ok(((await nextMessage(ws)) as Uint8Array).every((byte) => byte === 1));
    await ws.close();
  });

  test("received bytes are the receiver's to keep", async (t) => {
    const { url } = await startServer(t, echo);
    const ws = await connect(url);
    ws.send(Uint8Array.of(1, 2, 3));
    const kept = (await nextMessage(ws)) as Uint8Array;
    for (let i = 0; i < 100; i++) {
      ws.send(new Uint8Array(1000).fill(7));
      await nextMessage(ws);
    }
    assert.deepEqual([...kept], [1, 2, 3]);
    await ws.close();
  });

  test("text keeps every character, and a lone surrogate becomes U+FFFD", async (t) => {
    const { url } = await startServer(t, echo);
    const ws = await connect(url);
    for (const text of ["ä€𝄞", "\u0000\u007f\u0080\uffff", "\u{10ffff}".repeat(1000), "a\ud800b"]) {
      ws.send(text);
      assert.equal(
        await nextMessage(ws),
        text.replace(/^a.b$/, (each) => each.replace("\ud800", "\ufffd")),
      );
    }
    await ws.close();
  });

  test("bytes as text and text as bytes", async (t) => {
    const { url } = await startServer(t, echo);
    const ws = await connect(url);
    ws.send(Buffer.from("ä"), { binary: false });
    assert.equal(await nextMessage(ws), "ä");
    ws.send("ä", { binary: true });
    assert.deepEqual([...((await nextMessage(ws)) as Uint8Array)], [...Buffer.from("ä")]);
    await ws.close();
  });

  test("a Blob, and what is sent after it, in order", async (t) => {
    const { url } = await startServer(t, echo);
    const ws = await connect(url);
    assert.equal(ws.send(new Blob(["first"])), "sent");
    ws.send("second");
    assert.equal(Buffer.from((await nextMessage(ws)) as Uint8Array).toString(), "first");
    assert.equal(await nextMessage(ws), "second");
    await ws.close();
  });

  test("a message object of each kind", async (t) => {
    const { url } = await startServer(t, echo);
    const ws = await connect(url);
    const received = ws.messages();
    const next = async (): Promise<WebSocketMessage> => (await received.next()).value;
    ws.send({ type: "text", data: "a" });
    assert.deepEqual(await next(), { type: "text", data: "a" });
    ws.send({ type: "binary", data: Uint8Array.of(1) });
    assert.deepEqual(await next(), { type: "binary", data: Uint8Array.of(1) });
    ws.send({ type: "ping", data: Uint8Array.of(2) });
    assert.deepEqual(await next(), { type: "pong", data: Uint8Array.of(2) });
    ws.send({ type: "close", code: 4001, reason: "bye" });
    // The peer answers with the same code, and reasons are the sender's own.
    assert.deepEqual(await next(), { type: "close", code: 4001, reason: "" });
    assert.equal((await received.next()).done, true);
  });

  for (const [what, data] of [
    ["an object", {}],
    ["a number", 7],
    ["null", null],
    ["undefined", undefined],
    ["an array", [1, 2]],
    ["a message of no type", { type: "other", data: "x" }],
    ["a ping of 126 bytes", { type: "ping", data: new Uint8Array(126) }],
    ["a close with code 1006", { type: "close", code: 1006, reason: "" }],
  ] as const) {
    test(`${what} throws StateError, and nothing was sent`, async (t) => {
      const { url, server } = await startServer(t, echo);
      const ws = await connect(url);
      assert.throws(() => ws.send(data as unknown as string), StateError);
      ws.send("x");
      assert.equal(await nextMessage(ws), "x");
      assert.equal(server.metrics().messagesReceived, 1);
      await ws.close();
    });
  }

  test("ten thousand in a row keep their order", async (t) => {
    const { url } = await startServer(t, echo, { maxBufferedBytes: Infinity });
    const ws = await connect(url, { maxBufferedBytes: Infinity });
    for (let i = 0; i < 10_000; i++) ws.send(String(i));
    let expected = 0;
    for await (const message of ws) {
      assert.equal(message, String(expected));
      if (++expected === 10_000) break;
    }
    await ws.closed;
  });
});
