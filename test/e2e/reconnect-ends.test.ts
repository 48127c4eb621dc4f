import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, type WebSocketConnection } from "sluice";
import { startRawServer } from "../support/raw-server.js";
import { echo, firstCall, startServer } from "../support/sluice-server.js";
import { counting, quickly } from "./counting-server.js";

describe("a connection that reconnects, ended by its user", () => {
  test("a signal ends the first attempt and its waiting", async (t) => {
    const { port, server } = await startServer(t, echo);
    await server.close();
    const controller = new AbortController();
    const reconnect = { minDelayMs: 100_000, maxDelayMs: 100_000, onRetry: () => controller.abort() };
    await assert.rejects(connect(`ws://127.0.0.1:${port}`, { signal: controller.signal, reconnect }), {
      name: "AbortError",
    });
  });

  test("a signal that is aborted already lets no attempt begin", async (t) => {
    const { url, server } = await startServer(t, echo);
    const options = { signal: AbortSignal.abort("why"), reconnect: quickly };
    await assert.rejects(connect(url, options), { code: "ABORTED", cause: "why" });
    assert.equal(server.metrics().accepted, 0);
  });

  test("a signal that is aborted after the first connection has opened ends nothing", async (t) => {
    const { url } = await startServer(t, counting());
    const controller = new AbortController();
    const ws = await connect(url, { signal: controller.signal, reconnect: quickly });
    controller.abort();
    const seen: unknown[] = [];
    for await (const message of ws) {
      seen.push(message);
      if (message === "hello 3") break;
      ws.send("drop me");
    }
    assert.deepEqual(seen, ["hello 1", "hello 2", "hello 3"]);
  });

  test("close while it waits to reconnect ends it without an error", async (t) => {
    const { url } = await startServer(t, counting());
    const waiting = firstCall<[]>();
    const errors: unknown[] = [];
    const ws = await connect(url, {
      reconnect: { minDelayMs: 100_000, maxDelayMs: 100_000, onRetry: () => waiting.handler() },
    });
    const closed = firstCall<[unknown, number]>();
    ws.listen({
      message: (self) => void self.send("drop me"),
      error: (_ws, error) => errors.push(error),
      close: (_ws, code) => closed.handler(_ws, code),
    });
    await waiting.called;
    const { code } = await ws.close();
    assert.equal(code, 1006);
    await closed.called;
    assert.deepEqual(errors, []);
    assert.equal(ws.readyState, 3);
  });

  test("close while an attempt is under way ends the attempt", async (t) => {
    const server = await startRawServer(t);
    const opening = connect(server.url, { reconnect: quickly });
    const first = await server.acceptUpgrade();
    const ws = await opening;
    first.socket.resetAndDestroy();
    const second = await server.accept();
    await second.readHead();
    await ws.close();
    await second.readToEnd();
    assert.equal(ws.readyState, 3);
  });

  test("terminate ends it for good", async (t) => {
    const { url, server } = await startServer(t, counting());
    const ws = await connect(url, { reconnect: quickly });
    ws.terminate();
    await ws.closed;
    assert.equal(ws.readyState, 3);
    assert.equal(server.metrics().accepted, 1);
  });

  test("one that is paused in the gap stays paused", async (t) => {
    const handlers = counting();
    const arrived = firstCall<[]>();
    const { url } = await startServer(t, {
      ...handlers,
      message(ws, data, isBinary) {
        if (data === "behind the greeting") arrived.handler();
        else void handlers.message?.(ws, data, isBinary);
      },
    });
    const reconnected = firstCall<[]>();
    const ws: WebSocketConnection = await connect(url, {
      reconnect: { minDelayMs: 1, onRetry: () => ws.pause(), onReconnect: () => reconnected.handler() },
    });
    const seen: unknown[] = [];
    const second = firstCall<[]>();
    ws.listen({
      message(self, data) {
        seen.push(data);
        if (seen.length === 1) self.send("drop me");
        else second.handler();
      },
    });
    await reconnected.called;
    ws.send("behind the greeting");
    await arrived.called;
    assert.deepEqual(seen, ["hello 1"]);
    ws.resume();
    await second.called;
    assert.deepEqual(seen, ["hello 1", "hello 2"]);
    await ws.close();
  });

  test("an onReconnect that throws closes the connection and is reported", async (t) => {
    const { url, server } = await startServer(t, counting());
    const failure = new Error("no");
    const ws = await connect(url, {
      reconnect: {
        minDelayMs: 1,
        onReconnect() {
          throw failure;
        },
      },
    });
    const reported = firstCall<[unknown, Error]>();
    ws.listen({ message: (self) => void self.send("drop me"), error: reported.handler });
    assert.equal((await reported.called)[1], failure);
    await ws.closed;
    assert.equal(ws.readyState, 3);
    for (const served of server.connections) await served.closed;
    assert.equal(server.connections.size, 0);
  });
});
