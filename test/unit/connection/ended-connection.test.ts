import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClosedError, connect, type WebSocketConnection } from "sluice";
import { echo, startServer } from "../../support/sluice-server.js";

interface After {
  after(hook: () => Promise<void>): void;
}

/** A connection that has ended without a Close frame from either side. */
async function lostConnection(t: After): Promise<WebSocketConnection> {
  const { url, server } = await startServer(t, echo);
  const ws = await connect(url);
  for (const connection of server.connections) connection.terminate();
  const { code, sent, received } = await ws.closed;
  assert.deepEqual({ code, sent, received }, { code: 1006, sent: undefined, received: undefined });
  assert.equal(ws.readyState, 3);
  return ws;
}

describe("a connection that was lost without a Close frame", () => {
  test("answers dropped to send", async (t) => {
    const ws = await lostConnection(t);
    assert.equal(ws.send("too late"), "dropped");
    assert.equal(ws.bufferedAmount, 0);
  });

  test("rejects a ping with ClosedError", async (t) => {
    const ws = await lostConnection(t);
    let outcome: unknown = "pending";
    ws.ping().then(
      () => {
        outcome = "resolved";
      },
      (error) => {
        outcome = error;
      },
    );
    await new Promise(setImmediate);
    assert.ok(outcome instanceof ClosedError, String(outcome));
  });

  test("rejects a stream with ClosedError", async (t) => {
    const ws = await lostConnection(t);
    await assert.rejects(ws.sendStream(["too late"]), ClosedError);
  });

  test("resolves close and drained at once", async (t) => {
    const ws = await lostConnection(t);
    const settled: unknown[] = [];
    void ws.close().then(({ code }) => settled.push(code));
    void ws.drained().then(() => settled.push("drained"));
    await new Promise(setImmediate);
    assert.deepEqual(settled, [1006, "drained"]);
  });

  test("answers dropped to send in the turn in which it was terminated", async (t) => {
    const { url } = await startServer(t, echo);
    const ws = await connect(url);
    ws.terminate();
    assert.equal(ws.send("too late"), "dropped");
    await ws.closed;
  });
});
