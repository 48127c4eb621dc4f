import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type CloseInfo, isWorthRetrying, type TransportError } from "sluice";
import { Attempts } from "./reconnect-attempts.js";

describe("a connection is opened again", () => {
  const heartbeat = { intervalMs: 1000, timeoutMs: 500 };

  test("when the peer misses a heartbeat", async () => {
    const attempts = new Attempts(true, true);
    attempts.settings = { heartbeat };
    await attempts.connect({ shouldRetry: isWorthRetrying });
    const errors: unknown[] = [];
    attempts.ws.listen({ error: (_ws, error) => errors.push((error as TransportError).code) });
    await attempts.host.advance(1500);
    await attempts.until("reconnect");
    assert.deepEqual([attempts.events, errors], [["retry 1 1006", "reconnect"], ["HEARTBEAT_MISSED"]]);
  });

  for (const isAnswered of [true, false]) {
    const how = isAnswered ? "answers our Close" : "leaves without an answer";
    const breakRule = async (attempts: Attempts) => {
      const [peer] = attempts.peers;
      peer.send({ opcode: 3, payload: new Uint8Array(0) });
      await attempts.host.settle();
      assert.deepEqual(peer.take(), ["close 1002"]);
      if (isAnswered) peer.close(1002);
      peer.transport.end();
      await attempts.host.settle();
    };

    test(`not by default when the peer breaks a rule and ${how}`, async () => {
      const attempts = new Attempts(true);
      await attempts.connect({ shouldRetry: isWorthRetrying });
      await breakRule(attempts);
      assert.equal(attempts.ws.readyState, 3);
      assert.deepEqual(attempts.events, []);
    });

    test(`when shouldRetry says so though the peer breaks a rule and ${how}`, async () => {
      const attempts = new Attempts(true, true);
      const causes: unknown[] = [];
      const shouldRetry = (cause: CloseInfo | Error) => {
        causes.push(!(cause instanceof Error) && [cause.closedFirstBy, cause.sent?.code]);
        return true;
      };
      await attempts.connect({ shouldRetry });
      await breakRule(attempts);
      await attempts.until("reconnect");
      assert.deepEqual(causes, [["us", 1002]]);
    });
  }

  test("never when its user has closed it, and shouldRetry is not asked", async () => {
    const attempts = new Attempts(true);
    await attempts.connect({ shouldRetry: () => attempts.events.push("asked") > 0 });
    void attempts.ws.close();
    attempts.peers[0].transport.end();
    await attempts.host.settle();
    assert.equal((await attempts.ws.closed).code, 1006);
    assert.deepEqual(attempts.events, []);
  });

  test("never when its user has sent a Close as a message", async () => {
    const attempts = new Attempts(true);
    await attempts.connect({ shouldRetry: () => attempts.events.push("asked") > 0 });
    assert.equal(attempts.ws.send({ type: "close", code: 4000, reason: "" }), "sent");
    await attempts.host.settle();
    assert.deepEqual(attempts.peers[0].take(), ["close 4000"]);
    attempts.peers[0].transport.end();
    await attempts.host.settle();
    assert.equal((await attempts.ws.closed).code, 1006);
    assert.deepEqual(attempts.events, []);
  });

  test("when its user echoes every message, the peer's Close too", async () => {
    const attempts = new Attempts(true, true);
    await attempts.connect();
    const { ws } = attempts;
    const echo = (async () => {
      for await (const message of ws.messages()) ws.send(message);
    })();
    await attempts.lose();
    await attempts.until("reconnect");
    assert.equal(ws.readyState, 1);
    ws.terminate();
    const end = assert.rejects(echo, { code: "CONNECTION_CLOSED" });
    await attempts.host.settle();
    await end;
  });

  test("after a wait that chance shortens", async () => {
    const attempts = new Attempts(true, true);
    attempts.random = 0.5;
    await attempts.connect({ minDelayMs: 1000, maxDelayMs: 1000, jitter: 0.5 });
    await attempts.lose();
    await attempts.host.advance(749);
    assert.equal(attempts.peers.length, 1);
    await attempts.host.advance(1);
    assert.equal(attempts.peers.length, 2);
  });
});
