import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connectToPeer } from "../../support/memory-connection.js";
import { Attempts } from "./reconnect-attempts.js";

const failure = new Error("nobody answers");

describe("persistent connection", () => {
  test("takes several attempts to begin with, if need be", async () => {
    const attempts = new Attempts(failure, failure, true);
    await attempts.connect();
    assert.deepEqual(attempts.events, ["retry 1 nobody answers", "retry 2 nobody answers"]);
    assert.equal(attempts.ws.readyState, 1);
  });

  test("rejects with the last failure when there are no attempts left", async () => {
    const last = new Error("still nobody");
    await assert.rejects(new Attempts(failure, last).connect({ retries: 1 }), (error) => error === last);
  });

  test("rejects with ABORTED when the caller gives up while it waits", async () => {
    const attempts = new Attempts(failure);
    const options = { minDelayMs: 60_000, maxDelayMs: 60_000, onRetry: () => attempts.stop.abort("why") };
    await assert.rejects(attempts.connect(options), { name: "AbortError", code: "ABORTED", cause: "why" });
  });

  test("rejects with ABORTED when the caller gives up in the moment in which it opens", async () => {
    const attempts = new Attempts(true);
    attempts.onOpened = () => queueMicrotask(() => attempts.stop.abort("why"));
    await assert.rejects(attempts.connect(), { name: "AbortError", code: "ABORTED", cause: "why" });
    await attempts.host.settle();
    assert.equal(attempts.peers[0].isClosed, true);
  });

  test("is connecting while it has none, drops what is sent, and goes on with the next", async () => {
    const attempts = new Attempts(true, failure, true);
    await attempts.connect({ minDelayMs: 1, maxDelayMs: 1, jitter: 0 });
    const { ws, peers } = attempts;
    await attempts.lose();
    assert.equal(ws.readyState, 0);
    assert.equal(ws.send("into the gap"), "dropped");
    await attempts.until("reconnect");
    assert.deepEqual(attempts.events, ["retry 1 1012", "retry 2 nobody answers", "reconnect"]);
    assert.equal(ws.readyState, 1);
    ws.send("to the next");
    await attempts.host.settle();
    assert.deepEqual(peers[1].take(), ["text to the next"]);
  });

  test("counts attempts from one again once a connection has stayed open for minUptimeMs", async () => {
    const attempts = new Attempts(true, true, true);
    await attempts.connect({ retries: 1, minUptimeMs: 3000 });
    for (let round = 0; round < 2; round++) {
      attempts.events.length = 0;
      await attempts.host.advance(3000);
      await attempts.lose();
      await attempts.until("reconnect");
      assert.deepEqual(attempts.events, ["retry 1 1012", "reconnect"]);
    }
  });

  test("goes on counting, and waits longer each time, where connections end right after they have opened", async () => {
    const delays: number[] = [];
    const attempts = new Attempts(true, true, failure, true);
    await attempts.connect({
      retries: 3,
      minDelayMs: 1,
      maxDelayMs: 100,
      jitter: 0,
      minUptimeMs: 3000,
      onRetry: ({ attempt, delayMs }) => delays.push(attempt, delayMs),
    });
    for (let count = 1; count <= 2; count++) {
      await attempts.host.advance(2999);
      await attempts.lose();
      await attempts.untilConnections(count + 1);
    }
    await attempts.host.advance(2999);
    await attempts.lose();
    assert.equal((await attempts.ws.closed).code, 1012);
    assert.equal(attempts.ws.readyState, 3);
    assert.deepEqual(delays, [1, 1, 2, 2, 3, 4]);
  });

  test("counts the attempts before its first connection until that has proven itself", async () => {
    const attempts = new Attempts(failure, true);
    await attempts.connect({ retries: 1 });
    await attempts.lose();
    assert.equal((await attempts.ws.closed).code, 1012);
    assert.deepEqual(attempts.events, ["retry 1 nobody answers"]);
  });

  test("keeps its context, its handlers and its pause", async () => {
    const attempts = new Attempts(true, true);
    await attempts.connect();
    const { ws } = attempts;
    const seen: unknown[] = [];
    ws.listen({ message: (self, data) => seen.push(self === ws, data) });
    ws.context = { user: "ann" };
    ws.pause();
    await attempts.lose();
    ws.resume();
    await attempts.until("reconnect");
    ws.pause();
    attempts.peers[1].text("hello");
    await attempts.host.settle();
    assert.deepEqual(seen, []);
    ws.resume();
    await attempts.host.settle();
    assert.deepEqual(seen, [true, "hello"]);
    assert.deepEqual(ws.context, { user: "ann" });
  });

  test("rejects a second reader at once, and the first reads on", async () => {
    const attempts = new Attempts(true, true);
    await attempts.connect();
    const { ws, host, peers } = attempts;
    const first = ws[Symbol.asyncIterator]();
    const message = first.next();
    await assert.rejects(ws.messages().next(), { code: "ALREADY_ITERATING" });
    await assert.rejects(first.next(), { code: "ALREADY_ITERATING" });
    peers[0].text("hello");
    await host.settle();
    assert.deepEqual(await message, { done: false, value: "hello" });
  });

  test("is iterated over with what a connection that does not reconnect has too", async () => {
    const attempts = new Attempts(true);
    await attempts.connect();
    const plain = connectToPeer("client").connection;
    for (const name of ["next", "return", "throw"] as const) {
      assert.equal(typeof attempts.ws.messages()[name], typeof plain.messages()[name], name);
    }
  });

  test("whose messages go to a handler has no iterator", async () => {
    const attempts = new Attempts(true);
    await attempts.connect();
    attempts.ws.listen({ message() {} });
    assert.throws(() => attempts.ws[Symbol.asyncIterator](), { code: "ALREADY_ITERATING" });
    assert.throws(() => attempts.ws.listen({ message() {} }), { code: "ALREADY_ITERATING" });
  });

  test("reads what came with the opening of the next connection, with handlers beside the loop", async () => {
    const attempts = new Attempts(true, true);
    await attempts.connect();
    const { ws, host } = attempts;
    ws.listen({ close() {} });
    const message = ws.messages().next();
    attempts.early = attempts.peers[0].encode({ opcode: 9, payload: Buffer.from("?") });
    await attempts.lose();
    assert.equal((await message).value?.type, "close");
    const next = ws.messages().next();
    await attempts.until("reconnect");
    await host.settle();
    assert.deepEqual((await next).value, { type: "ping", data: Uint8Array.from(Buffer.from("?")) });
  });
});
