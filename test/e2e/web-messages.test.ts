// WebSockets Standard: send, bufferedAmount, and "a WebSocket message has been received".

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { MessageEvent, type ServerHandlers, WebSocket, type WebSocketOptions } from "sluice";
import { startRawServer } from "../support/raw-server.js";
import { echo, startServer } from "../support/sluice-server.js";
import { next, record, turn } from "../support/web-events.js";
import { opcodes } from "../support/wire.js";

/** An open WebSocket, closed when the test is over. */
async function open(
  t: TestContext,
  handlers: ServerHandlers = echo,
  options: WebSocketOptions = {},
): Promise<WebSocket> {
  const { url } = await startServer(t, handlers, { compression: true, maxMessageBytes: Infinity });
  const socket = new WebSocket(url, options);
  await next(socket, "open");
  t.after(() => socket.close());
  return socket;
}

async function bytesOf(blob: unknown): Promise<number[]> {
  assert.ok(blob instanceof Blob);
  return [...new Uint8Array(await blob.arrayBuffer())];
}

describe("send", () => {
  for (const [given, expected] of [
    ["text", "text"],
    ["", ""],
    ["\ud800 a \udc00", "\ufffd a \ufffd"],
    ["\u{1f50c}", "\u{1f50c}"],
    [null, "null"],
    [undefined, "undefined"],
    [7, "7"],
    [new SharedArrayBuffer(2), "[object SharedArrayBuffer]"],
    [{ toString: () => "object" }, "object"],
  ] as const) {
    test(`makes text of ${JSON.stringify(String(given))}, a ${typeof given}`, async (t) => {
      const socket = await open(t);
      Reflect.apply(socket.send, socket, [given]);
      assert.equal((await next(socket, "message")).data, expected);
    });
  }

  test("sends the bytes under views and in buffers, as they were when it was called", async (t) => {
    const socket = await open(t);
    socket.binaryType = "arraybuffer";
    const bytes = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7);
    for (const [data, expected] of [
      [bytes.buffer, [0, 1, 2, 3, 4, 5, 6, 7]],
      [bytes.subarray(2, 4), [2, 3]],
      [new Uint16Array(bytes.buffer, 4, 1), [4, 5]],
      [new DataView(bytes.buffer, 7), [7]],
      [new Float64Array(0), []],
    ] as const) {
      const kept = bytes.slice();
      socket.send(data);
      bytes.fill(9);
      const { data: received } = await next(socket, "message");
      assert.ok(received instanceof ArrayBuffer);
      assert.deepEqual([...new Uint8Array(received)], expected);
      bytes.set(kept);
    }
  });

  test("keeps Blobs in their order among other messages", async (t) => {
    const received: unknown[] = [];
    let done = (): void => {};
    const all = new Promise<void>((resolve) => {
      done = resolve;
    });
    const socket = await open(t, {
      message: (_ws, data) =>
        void (received.push(typeof data === "string" ? data : Buffer.from(data).toString()) === 4 && done()),
    });
    socket.send(new Blob(["a", "b"]));
    socket.send("c");
    socket.send(new Blob([]));
    socket.send("d");
    assert.equal(socket.bufferedAmount, 4);
    await all;
    assert.deepEqual(received, ["ab", "c", "", "d"]);
  });

  test("sends large messages, compressed or not, and receives them", async (t) => {
    for (const compression of [true, false]) {
      const socket = await open(t, echo, { compression });
      const text = "0123456789abcdef".repeat(400_000);
      socket.send(text);
      assert.equal((await next(socket, "message")).data, text);
    }
  });

  test("goes on in the order of calls also when the peer reads late", async (t) => {
    const server = await startRawServer(t);
    const socket = new WebSocket(server.url, { compression: false });
    const peer = await server.acceptUpgrade();
    await next(socket, "open");
    peer.socket.pause();
    const size = 8 * 1_048_576;
    socket.send(new Uint8Array(size));
    socket.send("behind");
    await turn();
    assert.ok(socket.bufferedAmount > 0);
    peer.socket.resume();
    assert.equal((await peer.readFrame()).payload.length, size);
    assert.equal((await peer.readFrame()).payload.toString(), "behind");
    while (socket.bufferedAmount > 0) await turn();
    peer.socket.destroy();
    await next(socket, "close");
    assert.equal(socket.bufferedAmount, 0);
  });
});

describe("bufferedAmount", () => {
  test("counts bytes of UTF-8 at once, and falls only in a later task", async (t) => {
    const socket = await open(t);
    let sum = 0;
    for (const [text, bytes] of [
      ["x", 1],
      ["\u00e5", 2],
      ["\u5336", 3],
      ["\ud801\udc7e", 4],
      ["\ud800", 3],
    ] as const) {
      socket.send(text);
      sum += bytes;
      assert.equal(socket.bufferedAmount, sum);
    }
    socket.send(new Uint8Array(1000));
    socket.send(new Blob(["abc"]));
    await Promise.resolve();
    assert.equal(socket.bufferedAmount, sum + 1003);
    await next(socket, "message");
    assert.ok(socket.bufferedAmount < sum + 1003);
    while (socket.bufferedAmount > 0) await turn();
  });

  test("shows a large message as a whole until the task is over", async (t) => {
    const socket = await open(t);
    socket.send("x".repeat(1_000_000));
    assert.equal(socket.bufferedAmount, 1_000_000);
    assert.equal(String((await next(socket, "message")).data).length, 1_000_000);
    assert.equal(socket.bufferedAmount, 0);
  });

  test("grows by what is sent after closing, and is not reset by the end", async (t) => {
    const socket = await open(t);
    socket.close();
    socket.send("ab");
    socket.send(Uint8Array.of(1));
    socket.send(new Blob(["xyz"]));
    assert.equal(socket.bufferedAmount, 6);
    await next(socket, "close");
    assert.equal(socket.bufferedAmount, 6);
    socket.send("c");
    assert.equal(socket.bufferedAmount, 7);
  });

  test("keeps what could not be sent before the connection was lost", async (t) => {
    const server = await startRawServer(t);
    const socket = new WebSocket(server.url, { compression: false });
    const peer = await server.acceptUpgrade();
    await next(socket, "open");
    peer.socket.pause();
    socket.send(new Uint8Array(32 * 1_048_576));
    await turn();
    peer.socket.resetAndDestroy();
    await next(socket, "close");
    assert.ok(socket.bufferedAmount > 0);
  });

  test("keeps what was dropped because the peer closed before it was sent", async (t) => {
    const socket = await open(t, { message: (ws) => void ws.close(1000) });
    socket.send("close, please");
    while (socket.bufferedAmount > 0) await turn();
    // It is compressed in pieces, a turn each.
    socket.send(new Uint8Array(8 * 1_048_576));
    await next(socket, "close");
    assert.equal(socket.bufferedAmount, 8 * 1_048_576);
  });

  test("that grows beyond maxBufferedBytes fails the connection", async (t) => {
    const server = await startRawServer(t);
    const socket = new WebSocket(server.url, { compression: false, maxBufferedBytes: 1000 });
    const peer = await server.acceptUpgrade();
    await next(socket, "open");
    peer.socket.pause();
    const lines = record(socket);
    const failed = next(socket, "error");
    socket.send(new Uint8Array(32 * 1_048_576));
    socket.send("too much");
    await next(socket, "close");
    assert.match((await failed).message, /maxBufferedBytes/);
    assert.deepEqual(lines, ["error 3", "close 1006 unclean 3"]);
  });
});

describe("a message", () => {
  test("is an event with its data and the origin of the URL", async (t) => {
    const { url, port } = await startServer(t, echo);
    const socket = new WebSocket(`${url}/path`);
    await next(socket, "open");
    socket.send("hello");
    const event = await next(socket, "message");
    assert.ok(event instanceof MessageEvent);
    assert.deepEqual([event.origin, event.lastEventId, event.source], [`ws://127.0.0.1:${port}`, "", null]);
    assert.deepEqual([event.bubbles, event.cancelable], [false, false]);
    socket.close();
    await next(socket, "close");
  });

  test("is of the binary type that holds when its task runs", async (t) => {
    const socket = await open(t);
    socket.send(Uint8Array.of(1, 2));
    assert.deepEqual(await bytesOf((await next(socket, "message")).data), [1, 2]);
    const server = await startRawServer(t);
    const other = new WebSocket(server.url);
    const peer = await server.acceptUpgrade();
    await next(other, "open");
    const kinds: string[] = [];
    other.onmessage = ({ data }) => {
      kinds.push(Object.prototype.toString.call(data));
      other.binaryType = "arraybuffer";
    };
    // One write, so that both have come before the first event.
    peer.socket.cork();
    for (let i = 0; i < 2; i++) peer.sendFrame({ opcode: opcodes.binary, payload: "x", isMasked: false });
    peer.socket.uncork();
    while (kinds.length < 2) await turn();
    assert.deepEqual(kinds, ["[object Blob]", "[object ArrayBuffer]"]);
    peer.socket.destroy();
    await next(other, "close");
  });

  test("has a task of its own: promises are settled between two that came together", async (t) => {
    const server = await startRawServer(t);
    const socket = new WebSocket(server.url);
    const peer = await server.acceptUpgrade();
    await next(socket, "open");
    peer.socket.cork();
    for (const payload of ["1", "2", "3"]) peer.sendFrame({ opcode: opcodes.text, payload, isMasked: false });
    peer.socket.uncork();
    for (const expected of ["1", "2", "3"]) assert.equal((await next(socket, "message")).data, expected);
    peer.socket.destroy();
    await next(socket, "close");
  });

  test("is not delivered once the script has closed", async (t) => {
    const server = await startRawServer(t);
    const socket = new WebSocket(server.url);
    const peer = await server.acceptUpgrade();
    await next(socket, "open");
    const lines = record(socket);
    socket.addEventListener("message", () => socket.close(3000));
    peer.socket.cork();
    for (const payload of ["1", "2"]) peer.sendFrame({ opcode: opcodes.text, payload, isMasked: false });
    peer.socket.uncork();
    assert.equal((await peer.readClose()).code, 3000);
    peer.sendFrame({ opcode: opcodes.text, payload: "3", isMasked: false });
    peer.sendFrame({ opcode: opcodes.close, isMasked: false });
    peer.socket.end();
    await next(socket, "close");
    assert.deepEqual(lines, ["message 1 1", "close 1005 3"]);
  });

  test("that is larger than maxMessageBytes fails the connection", async (t) => {
    const socket = await open(t, echo, { maxMessageBytes: 10 });
    const lines = record(socket);
    socket.send("12345678901");
    await next(socket, "close");
    assert.deepEqual(lines, ["error 3", "close 1006 unclean 3"]);
  });
});
