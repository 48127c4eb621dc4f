// WebSockets Standard: close, and "when the WebSocket connection is closed".

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CloseEvent, WebSocket } from "sluice";
import { startRawServer } from "../support/raw-server.js";
import { echo, startServer } from "../support/sluice-server.js";
import { describeClose, next, record, turn } from "../support/web-events.js";
import { closePayloadOf, opcodes } from "../support/wire.js";

describe("close", () => {
  for (const [args, sent] of [
    [[], { code: 1005, reason: "" }],
    [[undefined, ""], { code: 1005, reason: "" }],
    [[1000], { code: 1000, reason: "" }],
    [[3000, "bye \ud800"], { code: 3000, reason: "bye \ufffd" }],
    [[undefined, "only"], { code: 1000, reason: "only" }],
  ] as const) {
    test(`with ${JSON.stringify(args)} sends Close with ${sent.code} ${sent.reason}`, async (t) => {
      const server = await startRawServer(t);
      const socket = new WebSocket(server.url);
      const peer = await server.acceptUpgrade();
      await next(socket, "open");
      const [code, reason] = args;
      socket.close(code, reason);
      assert.equal(socket.readyState, 2);
      const frame = await peer.readFrame();
      assert.equal(frame.payload.length === 0, sent.code === 1005);
      peer.sendFrame({ opcode: opcodes.close, payload: frame.payload, isMasked: false });
      peer.socket.end();
      const event = await next(socket, "close");
      assert.deepEqual([event.code, event.reason, event.wasClean], [sent.code, sent.reason, true]);
    });
  }

  test("leaves behind what was sent before, Blobs too, and does nothing the second time", async (t) => {
    const server = await startRawServer(t);
    const socket = new WebSocket(server.url);
    const peer = await server.acceptUpgrade();
    await next(socket, "open");
    socket.send("one");
    socket.send(new Blob(["two"]));
    socket.close(3001);
    socket.close(3002, "no more");
    socket.send("dropped");
    assert.equal((await peer.readFrame()).payload.toString(), "one");
    assert.equal((await peer.readFrame()).payload.toString(), "two");
    assert.equal((await peer.readClose()).code, 3001);
    peer.sendFrame({ opcode: opcodes.close, payload: closePayloadOf(4000, "yours"), isMasked: false });
    peer.socket.end();
    const event = await next(socket, "close");
    assert.ok(event instanceof CloseEvent);
    assert.equal(describeClose(event), "close 4000 yours");
    assert.deepEqual([event.bubbles, event.cancelable], [false, false]);
    assert.equal(socket.readyState, 3);
    socket.close();
    assert.equal(socket.readyState, 3);
  });

  test("within a handler of close fires nothing again", async (t) => {
    const { url } = await startServer(t, echo);
    const socket = new WebSocket(url);
    const lines = record(socket);
    socket.onopen = () => socket.close();
    socket.onclose = () => {
      socket.close();
      socket.close(1000);
    };
    await next(socket, "close");
    await turn();
    await turn();
    assert.deepEqual(lines, ["open 1", "close 1005 3"]);
  });
});

describe("when the connection is closed", () => {
  test("by the peer, messages come first, then CLOSING shows, then close fires without error", async (t) => {
    const server = await startRawServer(t);
    const socket = new WebSocket(server.url);
    const peer = await server.acceptUpgrade();
    await next(socket, "open");
    const lines = record(socket);
    peer.socket.cork();
    peer.sendFrame({ opcode: opcodes.text, payload: "last", isMasked: false });
    peer.sendFrame({ opcode: opcodes.close, payload: closePayloadOf(1001, "away"), isMasked: false });
    peer.socket.uncork();
    assert.equal((await peer.readClose()).code, 1001);
    while (socket.readyState === 1) await turn();
    assert.equal(socket.readyState, 2);
    assert.deepEqual(lines, ["message last 1"]);
    socket.close(3000);
    socket.send("late");
    peer.socket.end();
    await next(socket, "close");
    assert.deepEqual(lines, ["message last 1", "close 1001 away 3"]);
    assert.equal(socket.bufferedAmount, 4);
  });

  test("without Close, the connection fails", async (t) => {
    const server = await startRawServer(t);
    for (const isAbrupt of [true, false]) {
      const socket = new WebSocket(server.url);
      const peer = await server.acceptUpgrade();
      await next(socket, "open");
      const lines = record(socket);
      const failed = next(socket, "error");
      if (isAbrupt) peer.socket.resetAndDestroy();
      else peer.socket.end();
      await next(socket, "close");
      assert.match((await failed).message, /without a Close frame/);
      assert.deepEqual(lines, ["error 3", "close 1006 unclean 3"]);
    }
  });

  test("after bytes that break the protocol, the connection fails, behind the messages before them", async (t) => {
    const server = await startRawServer(t);
    const socket = new WebSocket(server.url);
    const peer = await server.acceptUpgrade();
    await next(socket, "open");
    const lines = record(socket);
    const failed = next(socket, "error");
    peer.write(Uint8Array.of(0x81, 4, 0x74, 0x65, 0x73, 0x74, 0x83, 3, 0x4c, 0x4f, 0x4c));
    assert.equal((await peer.readClose()).code, 1002);
    peer.socket.end();
    await next(socket, "close");
    assert.equal(Reflect.get((await failed).error, "closeCode"), 1002);
    assert.deepEqual(lines, ["message test 1", "error 3", "close 1006 unclean 3"]);
  });

  test("by a peer that never answers Close, close fires when closeTimeoutMs is over", async (t) => {
    const server = await startRawServer(t);
    const socket = new WebSocket(server.url, { closeTimeoutMs: 20 });
    await server.acceptUpgrade();
    await next(socket, "open");
    const lines = record(socket);
    socket.close();
    await next(socket, "close");
    assert.deepEqual(lines, ["error 3", "close 1006 unclean 3"]);
  });

  test("handlers and listeners are called in the order in which they came", async (t) => {
    const { url } = await startServer(t, echo);
    const socket = new WebSocket(url);
    const calls: string[] = [];
    for (const name of ["open", "message", "close"] as const) {
      socket.addEventListener(name, () => calls.push(`${name} 1`));
      socket[`on${name}`] = () => calls.push(`${name} 2`);
      socket.addEventListener(name, () => calls.push(`${name} 3`));
    }
    socket.addEventListener("open", () => socket.send("x"));
    socket.addEventListener("message", () => socket.close());
    await next(socket, "close");
    const expected = ["open", "message", "close"].flatMap((name) => [1, 2, 3].map((n) => `${name} ${n}`));
    assert.deepEqual(calls, expected);
  });
});
