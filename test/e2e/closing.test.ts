import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { ClosedError, connect, StateError, type WebSocketConnection } from "sluice";
import { openRaw } from "../support/raw-client.js";
import { startRawServer } from "../support/raw-server.js";
import { echo, firstCall, nextMessage, startServer } from "../support/sluice-server.js";

describe("closing", () => {
  for (const [code, reason] of [
    [1000, ""],
    [1001, "away"],
    [1011, "ä€𝄞"],
    [3000, "x".repeat(123)],
    [4999, ""],
  ] as const) {
    test(`with ${code} ${JSON.stringify(reason.slice(0, 10))}, from either side`, async (t) => {
      const closed = firstCall<[unknown, number, string]>();
      const { url } = await startServer(t, {
        close: closed.handler,
        message: (ws) => void ws.close(code, reason),
      });
      const first = await connect(url);
      const info = await first.close(code, reason);
      assert.deepEqual((await closed.called).slice(1), [code, reason]);
      assert.deepEqual([info.code, info.wasClean, info.closedFirstBy], [code, true, "us"]);
      const second = await connect(url);
      second.send("close");
      const answer = await second.closed;
      assert.deepEqual(
        [answer.code, answer.reason, answer.wasClean, answer.closedFirstBy],
        [code, reason, true, "peer"],
      );
    });
  }

  for (const [code, reason] of [
    [999, ""],
    [1004, ""],
    [1005, ""],
    [1006, ""],
    [1015, ""],
    [2999, ""],
    [5000, ""],
    [1000.5, ""],
    [1000, "x".repeat(124)],
    [1000, "€".repeat(42)],
  ] as const) {
    test(`with ${code} and a reason of ${reason.length} characters throws, and the connection stays open`, async (t) => {
      const { url } = await startServer(t, echo);
      const ws = await connect(url);
      assert.throws(() => void ws.close(code, reason), StateError);
      ws.send("x");
      assert.equal(await nextMessage(ws), "x");
      await ws.close();
    });
  }

  test("sends what was accepted before, and drops what comes after", async (t) => {
    const received: unknown[] = [];
    const closed = firstCall<[unknown]>();
    const { url } = await startServer(t, {
      message: (_ws, data) => void received.push(data),
      close: closed.handler,
    });
    const ws = await connect(url);
    for (let i = 0; i < 100; i++) ws.send(String(i));
    const closing = ws.close();
    assert.equal(ws.send("late"), "dropped");
    assert.equal(ws.readyState, 2);
    await closing;
    await closed.called;
    assert.equal(received.length, 100);
  });

  test("waits for closeTimeoutMs and no longer", async (t) => {
    const server = await startRawServer(t);
    const opening = connect(server.url, { closeTimeoutMs: 40 });
    const peer = await server.acceptUpgrade();
    const ws = await opening;
    const info = await ws.close(1000, "bye");
    assert.deepEqual([info.code, info.wasClean, info.sent], [1006, false, { code: 1000, reason: "bye" }]);
    assert.deepEqual(await peer.readClose(), { code: 1000, reason: "bye" });
    await peer.readToEnd();
  });

  test("a Close without a code is 1005, and is answered without one", async (t) => {
    const closed = firstCall<[unknown, number, string]>();
    const { port } = await startServer(t, { close: closed.handler });
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    peer.sendFrame({ opcode: 8 });
    assert.equal((await peer.readFrame()).payload.length, 0);
    assert.equal((await peer.readToEnd()).length, 0);
    peer.socket.end();
    assert.deepEqual((await closed.called).slice(1), [1005, ""]);
  });

  test("both at once is clean", async (t) => {
    const { url, server } = await startServer(t, echo);
    const ws = await connect(url);
    const [served] = server.connections;
    const [here, there] = await Promise.all([ws.close(4000), served.close(4001)]);
    assert.deepEqual([here.code, there.code], [4001, 4000]);
    assert.ok(here.wasClean && there.wasClean);
  });

  test("terminate ends TCP without a Close", async (t) => {
    const closed = firstCall<[unknown, number, string]>();
    const { url } = await startServer(t, { close: closed.handler });
    const ws = await connect(url);
    ws.terminate();
    assert.equal(ws.send("x"), "dropped");
    assert.equal(ws.readyState, 2);
    const info = await ws.closed;
    assert.deepEqual(
      [info.code, info.wasClean, info.sent, info.received],
      [1006, false, undefined, undefined],
    );
    assert.deepEqual((await closed.called).slice(1), [1006, ""]);
  });

  test("afterwards nothing throws: send drops, ping and sendStream reject, close answers again", async (t) => {
    const { url, server } = await startServer(t, echo);
    for (const isClean of [true, false]) {
      const ws = await connect(url);
      if (isClean) await ws.close(1000);
      else {
        for (const served of server.connections) served.terminate();
        await ws.closed;
      }
      assert.equal(ws.readyState, 3);
      assert.equal(ws.send("x"), "dropped");
      await assert.rejects(ws.ping(), ClosedError);
      await assert.rejects(ws.sendStream(["x"]), ClosedError);
      ws.pong();
      ws.pause();
      ws.resume();
      ws.terminate();
      await ws.drained();
      assert.equal((await ws.close(1000)).code, isClean ? 1000 : 1006);
      assert.equal(ws.bufferedAmount, 0);
    }
  });

  test("a ping that waits rejects when the connection ends", async (t) => {
    const server = await startRawServer(t);
    const opening = connect(server.url);
    const peer = await server.acceptUpgrade();
    const ws = await opening;
    const ping = assert.rejects(ws.ping(), ClosedError);
    await peer.readFrame();
    peer.socket.destroy();
    await ping;
  });

  test("a peer that ends TCP without a Close is 1006", async (t) => {
    const closed = firstCall<[unknown, number, string]>();
    const { port } = await startServer(t, { close: closed.handler });
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    peer.socket.end();
    assert.deepEqual((await closed.called).slice(1), [1006, ""]);
    await once(peer.socket, "close");
  });

  for (const [how, end] of [
    ["is closed by the client", (client) => void client.close()],
    ["is closed by the server", (_client, served) => void served.close()],
    ["is terminated by the server", (_client, served) => served.terminate()],
    ["ends without a Close", (client) => client.terminate()],
  ] as [string, (client: WebSocketConnection, served: WebSocketConnection) => void][]) {
    test(`the peer's address is known to the close handler when the connection ${how}`, async (t) => {
      const opened = firstCall<[WebSocketConnection]>();
      const closed = firstCall<[string | undefined, string | undefined]>();
      const { url } = await startServer(t, {
        open: opened.handler,
        close: (ws) => closed.handler(ws.remoteAddress, ws.request.remoteAddress),
      });
      const ws = await connect(url);
      const [served] = await opened.called;
      end(ws, served);
      assert.deepEqual(await closed.called, ["127.0.0.1", "127.0.0.1"]);
      await served.closed;
      assert.equal(served.remoteAddress, "127.0.0.1");
    });
  }

  test("the peer's address is known to the error handler and afterwards when the peer breaks a rule", async (t) => {
    const failed = firstCall<[string | undefined]>();
    const closed = firstCall<[string | undefined]>();
    const { port } = await startServer(t, {
      error: (ws) => failed.handler(ws?.remoteAddress),
      close: (ws) => closed.handler(ws.remoteAddress),
    });
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    peer.sendFrame({ opcode: 1, payload: "unmasked", isMasked: false });
    await peer.readClose();
    peer.socket.end();
    assert.deepEqual([...(await failed.called), ...(await closed.called)], ["127.0.0.1", "127.0.0.1"]);
  });
});
