import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CloseInfo, WebSocketConnection } from "sluice";
import { Attempts } from "./reconnect-attempts.js";

describe("a connection that reconnects", () => {
  test("ends with its last connection when it is not tried again, and tells the handlers once", async () => {
    const attempts = new Attempts(true);
    await attempts.connect({ shouldRetry: () => false });
    const closes: unknown[] = [];
    attempts.ws.listen({ close: (self, code, reason) => closes.push(self === attempts.ws, code, reason) });
    await attempts.lose(4000);
    const { code }: CloseInfo = await attempts.ws.closed;
    assert.equal(code, 4000);
    assert.equal(attempts.ws.readyState, 3);
    assert.deepEqual(closes, [true, 4000, ""]);
  });

  test("closed by its user it is not opened again", async () => {
    const attempts = new Attempts(true);
    await attempts.connect();
    const closed = attempts.ws.close(1000);
    await attempts.host.settle();
    await attempts.lose(1000);
    assert.equal((await closed).code, 1000);
    assert.deepEqual([attempts.ws.readyState, attempts.events], [3, []]);
  });

  test("closed while it waits, it ends as its last connection did", async () => {
    const attempts = new Attempts(true);
    await attempts.connect({ minDelayMs: 60_000, maxDelayMs: 60_000 });
    await attempts.lose();
    assert.deepEqual(attempts.events, ["retry 1 1012"]);
    assert.equal((await attempts.ws.close()).code, 1012);
    assert.equal(attempts.ws.readyState, 3);
  });

  for (const [how, part, frames] of [
    ["close", (ws) => void ws.close(4001, "enough"), ["close 4001 enough"]],
    ["terminate", (ws) => ws.terminate(), []],
  ] as [string, (ws: WebSocketConnection) => void, string[]][]) {
    test(`${how} in the moment in which the next connection opens parts with that one too`, async () => {
      const attempts = new Attempts(true, true);
      await attempts.connect();
      const { ws, host, peers, events } = attempts;
      const closes: number[] = [];
      ws.listen({ close: (_ws, code) => closes.push(code) });
      // The attempt has succeeded, and nobody knows yet.
      attempts.onOpened = () => queueMicrotask(() => part(ws));
      await attempts.lose();
      while (peers.length < 2) await host.advance(1);
      await host.settle();
      assert.equal((await ws.closed).code, 1012);
      assert.deepEqual([events, closes, ws.readyState], [["retry 1 1012"], [1012], 3]);
      assert.deepEqual(peers[1].take(), frames);
      peers[1].close(4001);
      peers[1].transport.end();
      await host.settle();
      assert.deepEqual([peers[1].isClosed, closes], [true, [1012]]);
    });
  }

  test("refuses a close code that cannot be sent, also while it waits", async () => {
    const attempts = new Attempts(true);
    await attempts.connect({ minDelayMs: 60_000, maxDelayMs: 60_000 });
    await attempts.lose();
    assert.throws(() => void attempts.ws.close(1006), { code: "INVALID_CLOSE_CODE" });
    assert.equal(attempts.ws.readyState, 0);
    attempts.ws.terminate();
    await attempts.ws.closed;
  });

  test("whose loop is left when the peer's Close has just arrived is not opened again", async () => {
    const attempts = new Attempts(true);
    await attempts.connect();
    attempts.peers[0].text("enough");
    await attempts.host.settle();
    for await (const _message of attempts.ws) {
      attempts.peers[0].close(1001);
      await attempts.host.settle();
      break;
    }
    await attempts.host.settle();
    attempts.peers[0].transport.end();
    await attempts.host.settle();
    assert.deepEqual([attempts.ws.readyState, attempts.events], [3, []]);
    assert.equal((await attempts.ws.closed).code, 1001);
  });

  test("whose loop is left by an error while it waits is not opened again", async () => {
    const attempts = new Attempts(true);
    await attempts.connect({ minDelayMs: 60_000, maxDelayMs: 60_000 });
    attempts.peers[0].text("enough");
    await attempts.host.settle();
    const failure = new Error("no");
    const loop = async () => {
      for await (const _message of attempts.ws.messages()) {
        await attempts.lose();
        throw failure;
      }
    };
    await assert.rejects(loop, (error) => error === failure);
    await attempts.host.settle();
    assert.deepEqual([attempts.ws.readyState, attempts.events], [3, ["retry 1 1012"]]);
  });

  test("whose iterator is ended while it waits for a message is not opened again", async () => {
    const attempts = new Attempts(true);
    await attempts.connect({ minDelayMs: 60_000, maxDelayMs: 60_000 });
    const messages = attempts.ws[Symbol.asyncIterator]();
    const next = messages.next();
    await attempts.lose();
    assert.deepEqual(await messages.return?.(), { done: true, value: undefined });
    await attempts.host.settle();
    assert.equal(attempts.ws.readyState, 3);
    assert.equal((await next).done, true);
  });

  test("stays open for whoever waits for a message when another leaves its loop", async () => {
    const attempts = new Attempts(true, true);
    await attempts.connect();
    const { ws, host, peers } = attempts;
    const waiting = ws[Symbol.asyncIterator]();
    const first = waiting.next();
    await ws.messages().return?.();
    await host.settle();
    assert.equal(ws.readyState, 1);
    peers[0].text("one");
    await host.settle();
    assert.equal((await first).value, "one");

    // The same while there is no connection.
    const second = waiting.next();
    await attempts.lose();
    await ws.messages().return?.();
    await attempts.untilConnections(2);
    peers[1].text("two");
    await host.settle();
    assert.equal((await second).value, "two");

    await waiting.return?.();
    await host.settle();
    assert.deepEqual(peers[1].take(), ["close 1000"]);
  });

  test("closes when those who wait leave too, whether they waited once or twice", async () => {
    const attempts = new Attempts(true);
    await attempts.connect();
    const { ws, host, peers } = attempts;
    const waiting = ws[Symbol.asyncIterator]();
    void waiting.next();
    await assert.rejects(waiting.next(), { code: "ALREADY_ITERATING" });
    await ws.messages().return?.();
    await host.settle();
    assert.equal(ws.readyState, 1);
    await waiting.return?.();
    await host.settle();
    assert.deepEqual(peers[0].take(), ["close 1000"]);
  });

  test("whose loop is left goes on when somebody asks for more within the turn", async () => {
    const attempts = new Attempts(true);
    await attempts.connect();
    const { ws, host, peers } = attempts;
    peers[0].text("one");
    peers[0].text("two");
    await host.settle();
    const seen: unknown[] = [];
    while (seen.length < 2) {
      for await (const message of ws) {
        seen.push(message);
        break;
      }
    }
    ws.listen({ message: (_ws, data) => seen.push(data) });
    peers[0].text("three");
    await host.settle();
    assert.deepEqual([seen, ws.readyState], [["one", "two", "three"], 1]);
  });

  for (const [how, onReconnect] of [
    ["throws", () => assert.fail("no")],
    ["rejects", () => Promise.reject(new Error("no"))],
  ] as [string, () => void][]) {
    test(`is closed with 1011 when onReconnect ${how}, and not opened again`, async () => {
      const attempts = new Attempts(true, true);
      await attempts.connect({ onReconnect });
      const { ws, host, peers } = attempts;
      const errors: string[] = [];
      ws.listen({ error: (_ws, error) => errors.push(error.message) });
      await attempts.lose();
      while (peers.length < 2) await host.advance(1);
      await host.settle();
      assert.deepEqual([peers[1].take(), errors], [["close 1011"], ["no"]]);
      await attempts.lose(1011);
      assert.equal((await ws.closed).code, 1011);
    });
  }

  test("tells handlers of its close that listen when it is over", async () => {
    const attempts = new Attempts(true);
    await attempts.connect({ shouldRetry: () => false });
    await attempts.lose(4000);
    const calls: unknown[] = [];
    attempts.ws.listen({
      close(ws, code) {
        calls.push(ws === attempts.ws, code);
        throw new Error("no");
      },
      error: (_ws, error) => calls.push(error.message),
    });
    assert.deepEqual(calls, [true, 4000, "no"]);
  });

  test("tells its handlers of the close when they are done with the last message", async () => {
    const attempts = new Attempts(true);
    await attempts.connect();
    const { ws, host, peers } = attempts;
    const calls: unknown[] = [];
    let release = () => {};
    ws.listen({
      message(_ws, data) {
        calls.push(data);
        return new Promise<void>((resolve) => {
          release = resolve;
        });
      },
      close: (_ws, code) => calls.push(code),
    });
    peers[0].text("one");
    await host.settle();
    ws.terminate();
    await host.settle();
    assert.equal((await ws.closed).code, 1006);
    assert.deepEqual(calls, ["one"]);
    release();
    await host.settle();
    assert.deepEqual(calls, ["one", 1006]);
  });
});
