import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClosedError, connect, TransportError } from "sluice";
import { openRaw } from "../support/raw-client.js";
import { startRawServer } from "../support/raw-server.js";
import { firstCall, startServer } from "../support/sluice-server.js";

const brisk = { heartbeat: { intervalMs: 20, timeoutMs: 40 } };
/** For peers that answer, however busy the machine is. */
const patient = { heartbeat: { intervalMs: 20, timeoutMs: 5000 } };

describe("the heartbeat", () => {
  test("of a server pings into silence, and ends a connection whose peer is gone", async (t) => {
    const closed = firstCall<[unknown, number, string]>();
    const failed = firstCall<[unknown, Error]>();
    const { port, server } = await startServer(t, { close: closed.handler, error: failed.handler }, brisk);
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    assert.equal((await peer.readFrame()).opcode, 9);
    const [, error] = await failed.called;
    assert.ok(error instanceof TransportError);
    assert.equal(error.code, "HEARTBEAT_MISSED");
    assert.deepEqual((await closed.called).slice(1), [1006, ""]);
    assert.equal(server.connections.size, 0);
    await peer.readToEnd();
  });

  test("of a client does the same, and its iterator throws ClosedError", async (t) => {
    const server = await startRawServer(t);
    const opening = connect(server.url, brisk);
    const peer = await server.acceptUpgrade();
    const ws = await opening;
    await assert.rejects(
      async () => {
        for await (const _ of ws);
      },
      (error) => {
        assert.ok(error instanceof ClosedError);
        assert.equal(error.closeCode, 1006);
        assert.equal((error.cause as TransportError).code, "HEARTBEAT_MISSED");
        return true;
      },
    );
    const ping = await peer.readFrame();
    assert.deepEqual([ping.opcode, ping.isMasked], [9, true]);
  });

  test("takes any answer for a sign of life", async (t) => {
    const { port, server } = await startServer(t, {}, patient);
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    for (let i = 0; i < 4; i++) {
      assert.equal((await peer.readFrame()).opcode, 9);
      peer.sendFrame(i % 2 === 0 ? { opcode: 10 } : { opcode: 1, payload: "x" });
    }
    assert.equal(server.connections.size, 1);
  });

  test("lets two of ours live on in silence", async (t) => {
    const { url, server } = await startServer(t, {}, patient);
    const ws = await connect(url, { heartbeat: false });
    while (server.metrics().pongsReceived < 5) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(ws.readyState, 1);
    await ws.close();
  });

  test("does not take a paused connection for a dead one", async (t) => {
    const { url, server } = await startServer(t, {}, { heartbeat: { intervalMs: 10, timeoutMs: 100 } });
    const ws = await connect(url, { heartbeat: false });
    const [served] = server.connections;
    served.pause();
    // The intervals that pass are counted by another connection, whose heart goes on beating.
    const other = await connect(url, { heartbeat: false });
    while (server.metrics().pongsReceived < 15) await new Promise((resolve) => setImmediate(resolve));
    await other.close();
    assert.equal(served.readyState, 1);
    served.resume();
    await ws.close();
  });

  test("finds out behind a handler that never ends that the peer has reset the connection", async (t) => {
    const started = firstCall<[unknown]>();
    const stuck = (ws: unknown): Promise<never> => {
      started.handler(ws);
      return new Promise(() => {});
    };
    const { port, server } = await startServer(t, { message: stuck }, patient);
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    peer.sendFrame({ opcode: 1, payload: "go" });
    await started.called;
    const [served] = server.connections;
    peer.socket.resetAndDestroy();
    assert.equal((await served.closed).code, 1006);
    assert.equal(server.connections.size, 0);
  });

  test("can be turned off", async (t) => {
    const { port, server } = await startServer(t, {}, { heartbeat: false });
    const peer = await openRaw(t, { port });
    await peer.upgrade();
    const [served] = server.connections;
    served.send("only this");
    assert.equal((await peer.readFrame()).payload.toString(), "only this");
    served.terminate();
  });
});
