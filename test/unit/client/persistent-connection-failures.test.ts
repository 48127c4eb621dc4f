import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClosedError, TransportError } from "sluice";
import { Attempts } from "./reconnect-attempts.js";

const refused = new TransportError("CONNECTION_REFUSED", "nobody listens");

/** What a loop over every message sees, and what it throws. */
async function readAll(attempts: Attempts): Promise<{ seen: unknown[]; error: unknown }> {
  const seen: unknown[] = [];
  try {
    for await (const message of attempts.ws) seen.push(message);
  } catch (error) {
    return { seen, error };
  }
  return { seen, error: undefined };
}

/** The connection is cut without a Close. */
async function cut(attempts: Attempts): Promise<void> {
  attempts.peers[0].transport.destroy();
  await attempts.host.settle();
}

/** Lets time pass until the connection is over. */
async function untilOver({ ws, host }: Attempts): Promise<void> {
  while (ws.readyState !== 3) await host.advance(1);
  await host.settle();
}

describe("a loop over a connection whose reconnecting is given up throws with the failure as the cause", () => {
  for (const [how, lose, closeCode] of [
    ["was cut", cut, 1006],
    ["closed cleanly", (attempts: Attempts) => attempts.lose(1001), 1001],
  ] as const) {
    test(`when the last connection ${how} and the attempts are used up`, async () => {
      const attempts = new Attempts(true, refused);
      await attempts.connect({ retries: 1 });
      attempts.peers[0].text("one");
      await attempts.host.settle();
      const loop = readAll(attempts);
      const errors: unknown[] = [];
      attempts.ws.listen({ error: (_ws, error) => errors.push(error) });
      await lose(attempts);
      await untilOver(attempts);
      const { seen, error } = await loop;
      assert.deepEqual(seen, ["one"]);
      assert.ok(error instanceof ClosedError);
      assert.deepEqual([error.closeCode, error.cause], [closeCode, refused]);
      assert.ok(errors.includes(refused), "handlers are told as well");
      assert.equal((await attempts.ws.closed).code, closeCode);
      assert.equal(error.closeInfo, await attempts.ws.closed);
    });
  }

  test("when shouldRetry says no to a failure", async () => {
    const attempts = new Attempts(true, refused);
    await attempts.connect({ shouldRetry: (cause) => !(cause instanceof Error) });
    const loop = readAll(attempts);
    await attempts.lose();
    await untilOver(attempts);
    assert.equal(((await loop).error as Error).cause, refused);
  });

  test("when shouldRetry throws", async () => {
    const failure = new Error("no");
    const attempts = new Attempts(true);
    await attempts.connect({
      shouldRetry() {
        throw failure;
      },
    });
    const loop = readAll(attempts);
    await attempts.lose();
    assert.equal(((await loop).error as Error).cause, failure);
  });

  test("also when it begins after the end, and then is over", async () => {
    const attempts = new Attempts(true, refused);
    await attempts.connect({ retries: 1 });
    await attempts.lose();
    await untilOver(attempts);
    const messages = attempts.ws.messages();
    assert.deepEqual((await messages.next()).value, { type: "close", code: 1012, reason: "" });
    await assert.rejects(messages.next(), (error) => error instanceof ClosedError && error.cause === refused);
    assert.equal((await messages.next()).done, true);
  });
});

describe("a loop over a connection that reconnects ends as its last connection", () => {
  test("when no attempt was made after it", async () => {
    const attempts = new Attempts(true);
    await attempts.connect({ shouldRetry: () => false });
    const loop = readAll(attempts);
    await attempts.lose(4000);
    assert.equal((await loop).error, undefined);
  });

  test("when the user gives up while an attempt is waited for", async () => {
    const attempts = new Attempts(true, refused);
    await attempts.connect({ minDelayMs: 10, maxDelayMs: 10 });
    const loop = readAll(attempts);
    await attempts.lose(1001);
    await attempts.host.advance(10);
    assert.deepEqual(attempts.events, ["retry 1 1001", "retry 2 nobody listens"]);
    await attempts.ws.close();
    assert.equal((await loop).error, undefined);
  });
});

describe("an onRetry that fails", () => {
  for (const [how, onRetry] of [
    ["throws", () => assert.fail("no")],
    ["rejects", () => Promise.reject(new Error("no"))],
  ] as [string, () => void][]) {
    test(`ends the attempts for the first connection when it ${how}`, async () => {
      const attempts = new Attempts(refused, refused);
      await assert.rejects(attempts.connect({ minDelayMs: 10, maxDelayMs: 10, onRetry }), { message: "no" });
      assert.equal(attempts.peers.length, 0);
    });

    test(`is told to the handlers and the loop when it ${how}, and no attempt is made`, async () => {
      const attempts = new Attempts(true);
      await attempts.connect({ minDelayMs: 10, maxDelayMs: 10, onRetry });
      const loop = readAll(attempts);
      const errors: string[] = [];
      attempts.ws.listen({ error: (_ws, error) => errors.push(error.message) });
      await attempts.lose();
      await untilOver(attempts);
      assert.deepEqual(errors, ["no"]);
      const { error } = await loop;
      assert.ok(error instanceof ClosedError);
      assert.equal((error.cause as Error).message, "no");
      assert.equal((await attempts.ws.closed).code, 1012);
    });
  }

  test("is told when it rejects behind the next connection, which closes with 1011 for good", async () => {
    const attempts = new Attempts(true, true);
    let reject = (_error: Error) => {};
    const told = new Promise<void>((_resolve, fail) => {
      reject = fail;
    });
    await attempts.connect({ onRetry: () => told as unknown as void });
    const errors: string[] = [];
    attempts.ws.listen({ error: (_ws, error) => errors.push(error.message) });
    await attempts.lose();
    await attempts.untilConnections(2);
    reject(new Error("late"));
    await attempts.host.settle();
    assert.deepEqual([errors, attempts.peers[1].take()], [["late"], ["close 1011"]]);
    await attempts.lose(1011);
    assert.equal((await attempts.ws.closed).code, 1011);
  });
});

test("a loop learns why onReconnect failed", async () => {
  const attempts = new Attempts(true, true);
  const failure = new Error("no");
  await attempts.connect({ onReconnect: () => Promise.reject(failure) as unknown as void });
  const loop = readAll(attempts);
  await attempts.lose();
  while (attempts.peers.length < 2) await attempts.host.advance(1);
  await attempts.host.settle();
  await attempts.lose(1011);
  assert.equal(((await loop).error as Error).cause, failure);
});
