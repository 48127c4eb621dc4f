import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HandshakeError, type ServerHandlers } from "sluice";
import { makeUpgrader, memoryEnds } from "./arrival.js";

const refusedWith = (status: number, code: "REFUSED" | "HANDLER_FAILED" = "REFUSED", reason = "x\n") => ({
  refusal: { status, body: reason },
  error: new HandshakeError(code, "why"),
});

describe("upgrader", () => {
  test("sends a refusal, counts it, and lets go when the client has ended", async () => {
    const upgrader = makeUpgrader();
    const { near, far, sink } = memoryEnds();
    const verdict = refusedWith(403);
    assert.equal(upgrader.conclude(verdict, near, undefined), verdict.error);
    assert.deepEqual([upgrader.registry.refused, upgrader.registry.answering.size], [1, 1]);
    await sink.called("ended");
    assert.match(sink.text, /^HTTP\/1\.1 403 Forbidden\r\n/);
    // What it still says is read and forgotten.
    far.write(new Uint8Array(1000));
    await sink.called("drained");
    far.end();
    await upgrader.registry.answering.drained(Infinity, () => assert.fail("nothing is late"));
  });

  test("destroys a refused client that does not end, after closeTimeoutMs", async (t) => {
    // The farewell's timer keeps no process alive, so something else has to.
    const keepAlive = setInterval(() => {}, 1000);
    t.after(() => clearInterval(keepAlive));
    const upgrader = makeUpgrader({}, { closeTimeoutMs: 5 });
    const { near, sink } = memoryEnds();
    upgrader.refuse(refusedWith(400), near);
    await sink.called("closed");
    assert.equal(upgrader.registry.answering.size, 0);
  });

  test("tells the error handler of a handler's failure, and of a refusal that cannot be sent", async () => {
    const told: string[] = [];
    const error: ServerHandlers["error"] = (ws, { message }) => void told.push(`${String(ws)} ${message}`);
    const upgrader = makeUpgrader({ error });
    upgrader.refuse(refusedWith(403), memoryEnds().near);
    upgrader.refuse(refusedWith(500, "HANDLER_FAILED"), memoryEnds().near);
    const { near, sink } = memoryEnds();
    upgrader.refuse(refusedWith(99), near);
    await sink.called("ended");
    assert.match(sink.text, /^HTTP\/1\.1 500 /);
    assert.equal(told.length, 2);
    assert.equal(told[0], "undefined why");
    assert.match(told[1], /^undefined the refusal cannot be sent: /);
  });

  test("answers 503 once the server is closing", async () => {
    const upgrader = makeUpgrader();
    upgrader.registry.isClosing = true;
    const { near, sink } = memoryEnds();
    // Whatever was agreed is not looked at any more.
    const outcome = upgrader.conclude({} as never, near, undefined);
    assert.ok(outcome instanceof HandshakeError && outcome.code === "SERVER_UNAVAILABLE");
    await sink.called("ended");
    assert.match(sink.text, /^HTTP\/1\.1 503 /);
  });

  test("survives an error handler that throws or rejects", async () => {
    for (const error of [
      () => {
        throw new Error("again");
      },
      () => Promise.reject(new Error("later")),
    ]) {
      makeUpgrader({ error }).report(new Error("first"));
    }
    // An unhandled rejection would fail the test in this turn.
    await new Promise(setImmediate);
  });
});
