import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type CloseInfo, HandshakeError, type ReconnectOptions, StateError, TransportError } from "sluice";
import { delayBefore, type ReconnectPolicy, resolveReconnect } from "#src/client/reconnect-policy.js";

function policy(options: ReconnectOptions | true = true): ReconnectPolicy {
  const resolved = resolveReconnect(options);
  assert.ok(resolved);
  return resolved;
}

function closedWith(code: number): CloseInfo {
  return { code, reason: "", wasClean: true, sent: undefined, received: undefined, closedFirstBy: "peer" };
}

describe("reconnect options", () => {
  test("are off unless asked for", () => {
    assert.equal(resolveReconnect(undefined), undefined);
    assert.equal(resolveReconnect(false), undefined);
  });

  test("have the documented defaults", () => {
    const { retries, minDelayMs, maxDelayMs, jitter, minUptimeMs } = policy();
    assert.deepEqual(
      [retries, minDelayMs, maxDelayMs, jitter, minUptimeMs],
      [Infinity, 500, 30_000, 0.5, 5000],
    );
  });

  for (const options of [
    { retries: -1 },
    { retries: Number.NaN },
    { minDelayMs: -1 },
    { maxDelayMs: Infinity },
    { maxDelayMs: 2 ** 31 },
    { minUptimeMs: -1 },
    { jitter: 1.1 },
    { jitter: "half" },
    { minDelayMs: 1000, maxDelayMs: 10 },
  ]) {
    test(`${JSON.stringify(options)} is out of range`, () => {
      assert.throws(() => resolveReconnect(options as ReconnectOptions), StateError);
    });
  }
});

describe("of the bounds of the wait", () => {
  test("one alone takes the other along where its default would be beyond it", () => {
    const bounds = ({ minDelayMs, maxDelayMs }: ReconnectPolicy) => [minDelayMs, maxDelayMs];
    assert.deepEqual(bounds(policy({ maxDelayMs: 10 })), [10, 10]);
    assert.deepEqual(bounds(policy({ minDelayMs: 60_000 })), [60_000, 60_000]);
    assert.deepEqual(bounds(policy({ minDelayMs: 10, maxDelayMs: 10 })), [10, 10]);
  });
});

describe("the delay", () => {
  test("doubles with each attempt up to its maximum", () => {
    const given = policy({ minDelayMs: 100, maxDelayMs: 1000, jitter: 0 });
    assert.deepEqual(
      [1, 2, 3, 4, 5, 2000].map((attempt) => delayBefore(attempt, given, 0.5)),
      [100, 200, 400, 800, 1000, 1000],
    );
  });

  test("is shorter by up to the jitter's part", () => {
    const given = policy({ minDelayMs: 1000, jitter: 0.5 });
    assert.deepEqual(
      [0, 0.5, 1].map((random) => delayBefore(1, given, random)),
      [1000, 750, 500],
    );
  });
});

describe("by default", () => {
  const { shouldRetry } = policy();

  test("codes that can pass by themselves are retried", () => {
    for (const code of [1001, 1006, 1011, 1012, 1013, 1014])
      assert.equal(shouldRetry(closedWith(code), 1), true);
    for (const code of [1000, 1002, 1003, 1005, 1007, 1008, 1009, 1010, 3000, 4000]) {
      assert.equal(shouldRetry(closedWith(code), 1), false);
    }
  });

  test("what this end closed first is not retried, whatever the peer made of it", () => {
    for (const code of [1000, 1001, 1002, 1006, 1011, 1012])
      assert.equal(shouldRetry({ ...closedWith(code), closedFirstBy: "us" }, 1), false);
  });

  test("statuses that can pass by themselves are retried", () => {
    const refused = (status: number): HandshakeError =>
      new HandshakeError("UNEXPECTED_STATUS", "no", { status });
    for (const status of [408, 425, 429, 500, 502, 503, 504])
      assert.equal(shouldRetry(refused(status), 1), true);
    for (const status of [200, 301, 400, 401, 403, 404, 426])
      assert.equal(shouldRetry(refused(status), 1), false);
  });

  test("an unreachable server is retried, a wrong certificate or a mistake is not", () => {
    assert.equal(shouldRetry(new TransportError("CONNECTION_REFUSED", "no"), 1), true);
    assert.equal(shouldRetry(new HandshakeError("HANDSHAKE_TIMED_OUT", "no"), 1), true);
    assert.equal(shouldRetry(new TransportError("TLS_FAILED", "no"), 1), false);
    assert.equal(shouldRetry(new HandshakeError("ACCEPT_INVALID", "no"), 1), false);
    assert.equal(shouldRetry(new HandshakeError("ABORTED", "no"), 1), false);
    assert.equal(shouldRetry(new Error("no"), 1), false);
  });
});
