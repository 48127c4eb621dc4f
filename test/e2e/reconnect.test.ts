import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ClosedError,
  type CloseInfo,
  connect,
  createServer,
  HandshakeError,
  TransportError,
  type WebSocketConnection,
} from "sluice";
import { openRaw } from "../support/raw-client.js";
import { echo, firstCall, nextMessage, startServer } from "../support/sluice-server.js";
import { counting, quickly } from "./counting-server.js";

describe("a connection that reconnects", () => {
  test("opens again when it is lost, and one loop reads through", async (t) => {
    const { url } = await startServer(t, counting());
    const ws = await connect(url, { reconnect: quickly });
    const seen: unknown[] = [];
    for await (const message of ws) {
      seen.push(message);
      if (message === "hello 3") break;
      ws.send("drop me");
    }
    assert.deepEqual(seen, ["hello 1", "hello 2", "hello 3"]);
    const { closedFirstBy } = await ws.closed;
    assert.equal(closedFirstBy, "us");
    assert.equal(ws.readyState, 3);
  });

  test("messages() goes on too, and tells of each close that came", async (t) => {
    const { url } = await startServer(t, counting());
    const ws = await connect(url, { reconnect: quickly });
    const seen: string[] = [];
    for await (const message of ws.messages()) {
      seen.push(message.type === "close" ? `close ${message.code}` : String(message.data));
      if (seen.length === 1) ws.send("close 1012");
      if (message.type === "text" && message.data === "hello 2") break;
    }
    assert.deepEqual(seen, ["hello 1", "close 1012", "hello 2"]);
    await ws.closed;
  });

  test("handlers go on too, and hear of the last close only", async (t) => {
    const { url } = await startServer(t, counting());
    const ws = await connect(url, { reconnect: quickly });
    const messages: unknown[] = [];
    const closes: number[] = [];
    const third = firstCall<[]>();
    const over = firstCall<[]>();
    ws.listen({
      message(self, data) {
        assert.equal(self, ws);
        messages.push(data);
        if (messages.length === 3) third.handler();
        else self.send("drop me");
      },
      close(self, code) {
        assert.equal(self, ws);
        closes.push(code);
        over.handler();
      },
    });
    await third.called;
    await ws.close(1000);
    await over.called;
    assert.deepEqual(messages, ["hello 1", "hello 2", "hello 3"]);
    assert.deepEqual(closes, [1000]);
  });

  test("tells of every attempt and of success, in time to subscribe again", async (t) => {
    const seen: string[] = [];
    const { url } = await startServer(t, counting());
    const ws: WebSocketConnection = await connect(url, {
      reconnect: {
        minDelayMs: 1,
        jitter: 0,
        onRetry: ({ attempt, delayMs, cause }) =>
          seen.push(`${attempt} ${delayMs} ${(cause as CloseInfo).code}`),
        onReconnect: () => seen.push(ws.send("again")),
      },
    });
    const messages: unknown[] = [];
    for await (const message of ws) {
      messages.push(message);
      if (message === "hello 1") ws.send("drop me");
      if (message === "again") break;
    }
    assert.deepEqual(messages, ["hello 1", "hello 2", "again"]);
    assert.deepEqual(seen, ["1 1 1006", "sent"]);
  });

  test("what is sent while there is no connection is dropped, and says so", async (t) => {
    const { url } = await startServer(t, counting());
    const results: string[] = [];
    const ws: WebSocketConnection = await connect(url, {
      reconnect: {
        minDelayMs: 1,
        jitter: 0,
        onRetry() {
          results.push(ws.send("into the gap"));
          assert.equal(ws.readyState, 0);
        },
      },
    });
    assert.equal(await nextMessage(ws), "hello 1");
    ws.send("drop me");
    const messages = ws[Symbol.asyncIterator]();
    assert.equal((await messages.next()).value, "hello 2");
    assert.deepEqual(results, ["dropped"]);
    await ws.close();
  });

  test("close codes that can pass are retried, others are final", async (t) => {
    for (const [code, isRetried] of [
      [1000, false],
      [1001, true],
      [1002, false],
      [1003, false],
      [1008, false],
      [1011, true],
      [1012, true],
      [1013, true],
      [4000, false],
    ] as const) {
      const { url } = await startServer(t, counting());
      const ws: WebSocketConnection = await connect(url, { reconnect: quickly });
      const seen: unknown[] = [];
      ws.send(`close ${code}`);
      for await (const message of ws) {
        seen.push(message);
        if (message === "hello 2") break;
      }
      assert.deepEqual(seen, isRetried ? ["hello 1", "hello 2"] : ["hello 1"], `code ${code}`);
      if (!isRetried) assert.equal((await ws.closed).code, code);
    }
  });

  test("shouldRetry decides instead", async (t) => {
    const asked: [unknown, number][] = [];
    const { url } = await startServer(t, counting());
    const ws = await connect(url, {
      reconnect: {
        minDelayMs: 1,
        minUptimeMs: 0,
        shouldRetry(cause, attempt) {
          asked.push([(cause as CloseInfo).code, attempt]);
          return (cause as CloseInfo).code === 1000;
        },
      },
    });
    const messages = ws[Symbol.asyncIterator]();
    ws.send("close 1000");
    assert.equal((await messages.next()).value, "hello 1");
    assert.equal((await messages.next()).value, "hello 2");
    ws.send("close 1012");
    assert.equal((await messages.next()).done, true);
    assert.deepEqual(asked, [
      [1000, 1],
      [1012, 1],
    ]);
  });

  test("gives up after retries attempts, and the loop ends with the loss", async (t) => {
    const { url, server } = await startServer(t, counting());
    const attempts: number[] = [];
    const ws = await connect(url, {
      reconnect: {
        minDelayMs: 1,
        maxDelayMs: 1,
        retries: 3,
        onRetry: ({ attempt }) => attempts.push(attempt),
      },
    });
    const reported = firstCall<[unknown, Error]>();
    assert.equal(await nextMessage(ws), "hello 1");
    const rest = nextMessage(ws).catch((error: Error) => error);
    for (const served of server.connections) served.terminate();
    await server.close();
    const error = await rest;
    assert.ok(error instanceof ClosedError || error instanceof TransportError, String(error));
    assert.deepEqual(attempts, [1, 2, 3]);
    assert.equal((await ws.closed).code, 1006);
    assert.equal(ws.readyState, 3);
    assert.equal(ws.send("x"), "dropped");
    reported.handler(undefined, error);
  });

  test("gives up after retries attempts too where every connection is closed right away", async (t) => {
    const { url, server } = await startServer(t, { open: (ws) => void ws.close(1012) });
    const delays: number[] = [];
    const ws = await connect(url, {
      reconnect: {
        minDelayMs: 1,
        retries: 3,
        jitter: 0,
        onRetry: ({ delayMs }) => delays.push(delayMs),
      },
    });
    assert.equal((await ws.closed).code, 1012);
    assert.deepEqual(delays, [1, 2, 4]);
    assert.equal(server.metrics().accepted, 4);
  });

  test("the first attempt is retried too", async (t) => {
    const first = createServer(echo);
    const { port } = await first.listen({ port: 0, host: "127.0.0.1" });
    await first.close();
    const later = createServer(echo);
    t.after(() => later.close({ timeoutMs: 0 }));
    const causes: unknown[] = [];
    const ws: WebSocketConnection = await connect(`ws://127.0.0.1:${port}`, {
      reconnect: {
        minDelayMs: 1,
        maxDelayMs: 5,
        onRetry({ cause }) {
          causes.push((cause as TransportError).code);
          if (causes.length === 2) void later.listen({ port, host: "127.0.0.1" });
        },
      },
    });
    assert.equal(causes[0], "CONNECTION_REFUSED");
    ws.send("x");
    assert.equal(await nextMessage(ws), "x");
    await ws.close();
  });

  test("a refusal is retried when its status can pass, and rejects when it cannot", async (t) => {
    const statuses = [503, 429, 401];
    const { url } = await startServer(t, { upgrade: () => ({ status: statuses.shift() ?? 500 }) });
    await assert.rejects(connect(url, { reconnect: quickly }), (error) => {
      assert.ok(error instanceof HandshakeError);
      assert.equal(error.status, 401);
      return true;
    });
    assert.deepEqual(statuses, []);
  });

  test("the delay doubles up to its maximum", async (t) => {
    const delays: number[] = [];
    const { port, server } = await startServer(t, echo);
    await server.close();
    const reconnect = {
      minDelayMs: 1,
      maxDelayMs: 6,
      retries: 5,
      jitter: 0,
      onRetry: ({ delayMs }: { delayMs: number }) => delays.push(delayMs),
    };
    await assert.rejects(connect(`ws://127.0.0.1:${port}`, { reconnect }), { code: "CONNECTION_REFUSED" });
    assert.deepEqual(delays, [1, 2, 4, 6, 6]);
  });
});

test("a connection that does not reconnect ends with its loss", async (t) => {
  const { url } = await startServer(t, counting());
  const ws = await connect(url);
  const peer = await openRaw(t, { port: Number(new URL(url).port) });
  peer.socket.destroy();
  ws.send("drop me");
  const seen: unknown[] = [];
  await assert.rejects(
    async () => {
      for await (const message of ws) seen.push(message);
    },
    (error) => error instanceof Error && /1006|reset/i.test(error.message),
  );
  assert.deepEqual(seen, ["hello 1"]);
});
