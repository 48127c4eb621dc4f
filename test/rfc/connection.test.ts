// The rules of RFC 6455 that only a real connection can show: which bytes come first, and who ends TCP when.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "sluice";
import { openRaw } from "../support/raw-client.js";
import { startRawServer } from "../support/raw-server.js";
import { echo, firstCall, startServer } from "../support/sluice-server.js";
import { closePayloadOf, headOf, opcodes, upgradeHead } from "../support/wire.js";

describe("client of RFC 6455", () => {
  test("RFC 6455 §4.1: a client draws a new key for every connection", async (t) => {
    const server = await startRawServer(t);
    const keys = new Set<string | undefined>();
    for (let i = 0; i < 20; i++) {
      const opening = connect(server.url);
      const peer = await server.accept();
      const { headers } = await peer.readHead();
      keys.add(headers.get("sec-websocket-key"));
      peer.write(headOf("HTTP/1.1 404 Not Found", "Content-Length: 0"));
      await assert.rejects(opening);
    }
    assert.equal(keys.size, 20);
    assert.ok(!keys.has(undefined));
  });

  test("RFC 6455 §4.1: a client sends nothing between its handshake and the response", async (t) => {
    const server = await startRawServer(t);
    const opening = connect(server.url);
    const peer = await server.acceptUpgrade();
    const ws = await opening;
    ws.send("first");
    // Bytes keep their order: anything sent earlier would be read here.
    const frame = await peer.readFrame();
    assert.deepEqual([frame.opcode, frame.payload.toString()], [opcodes.text, "first"]);
    ws.terminate();
  });

  test("RFC 6455 §7.2.1: a client closes TCP when the handshake fails", async (t) => {
    for (const answer of ["HTTP/1.1 404 Not Found", "HTTP/1.1 101 Switching Protocols"]) {
      const server = await startRawServer(t);
      const opening = connect(server.url);
      const peer = await server.accept();
      await peer.readHead();
      peer.write(headOf(answer, "Content-Length: 0"));
      await assert.rejects(opening);
      assert.equal((await peer.readToEnd()).length, 0);
    }
  });

  test("RFC 6455 §5.5.1: a client closes TCP after both Close frames, when the server has", async (t) => {
    const server = await startRawServer(t);
    const opening = connect(server.url);
    const peer = await server.acceptUpgrade();
    const ws = await opening;
    const order: string[] = [];
    const closed = ws.close(1000).then((info) => {
      order.push("client is closed");
      return info;
    });
    assert.deepEqual(await peer.readClose(), { code: 1000, reason: "" });
    peer.sendFrame({ opcode: opcodes.close, payload: closePayloadOf(1000), isMasked: false });
    // By the time another connection has come and gone, this client has read the Close frame.
    const { url } = await startServer(t, echo);
    await (await connect(url)).close();
    order.push("server ends TCP");
    peer.socket.end();
    assert.equal((await peer.readToEnd()).length, 0);
    const { code, wasClean } = await closed;
    assert.deepEqual([code, wasClean, order], [1000, true, ["server ends TCP", "client is closed"]]);
  });
});

describe("server of RFC 6455", () => {
  test("RFC 6455 §5.5.1: a server ends TCP at once after both Close frames", async (t) => {
    const { port } = await startServer(t, echo);
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    peer.sendFrame({ opcode: opcodes.close, payload: closePayloadOf(1000) });
    assert.deepEqual(await peer.readClose(), { code: 1000, reason: "" });
    assert.equal((await peer.readToEnd()).length, 0, "the server ended, and its client has not");
  });

  test("RFC 6455 §5.5.1: a server that closed first ends TCP at once after the client's Close", async (t) => {
    const { port } = await startServer(t, { open: (ws) => void ws.close(4000, "go") });
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    assert.deepEqual(await peer.readClose(), { code: 4000, reason: "go" });
    peer.sendFrame({ opcode: opcodes.close, payload: closePayloadOf(4000) });
    assert.equal((await peer.readToEnd()).length, 0);
  });

  test("RFC 6455 §7.2.2: a server closes TCP after it refused a handshake", async (t) => {
    const { port } = await startServer(t, echo);
    const peer = await openRaw(t, { port });
    peer.write(upgradeHead({ "Sec-WebSocket-Key": undefined }));
    const { status } = await peer.readResponse();
    assert.equal(status, 400);
    assert.equal((await peer.readToEnd()).length, 0);
  });
});

describe("either end of RFC 6455", () => {
  test("RFC 6455 §7.1.5: a client whose server vanishes without a Close has the code 1006", async (t) => {
    const server = await startRawServer(t);
    for (const isReset of [false, true]) {
      const opening = connect(server.url);
      const peer = await server.acceptUpgrade();
      const ws = await opening;
      if (isReset) peer.socket.resetAndDestroy();
      else peer.socket.end();
      const { code, wasClean } = await ws.closed;
      assert.deepEqual([code, wasClean], [1006, false]);
    }
  });

  test("RFC 6455 §7.1.5: a server whose client vanishes without a Close has the code 1006", async (t) => {
    for (const isReset of [false, true]) {
      const { handler, called } = firstCall<[unknown, number, string]>();
      const { port } = await startServer(t, { close: handler });
      const peer = await openRaw(t, { port });
      await peer.upgrade();
      if (isReset) peer.socket.resetAndDestroy();
      else peer.socket.end();
      const [, code, reason] = await called;
      assert.deepEqual([code, reason], [1006, ""]);
    }
  });

  test("RFC 6455 §7.1.7: a server closes TCP after the client broke a rule", async (t) => {
    const { port } = await startServer(t, echo);
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    peer.sendFrame({ opcode: opcodes.text, payload: "not masked", isMasked: false });
    assert.equal((await peer.readClose()).code, 1002);
    assert.equal((await peer.readToEnd()).length, 0);
  });

  test("RFC 6455 §7.1.7: a client closes TCP after the server broke a rule", async (t) => {
    const server = await startRawServer(t);
    const opening = connect(server.url, { closeTimeoutMs: 100 });
    const peer = await server.acceptUpgrade();
    const ws = await opening;
    peer.sendFrame({ opcode: opcodes.text, payload: "masked", isMasked: true });
    assert.equal((await peer.readClose()).code, 1002);
    assert.equal((await peer.readToEnd()).length, 0);
    assert.equal((await ws.closed).wasClean, false);
  });
});
