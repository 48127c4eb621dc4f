import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import type { HandshakeError } from "sluice";
import { OpeningDeadline } from "#src/client/opening-deadline.js";

test("time is over: the signal aborts with HANDSHAKE_TIMED_OUT", async () => {
  const { signal } = new OpeningDeadline(1, undefined);
  await once(signal, "abort");
  const { code, message } = signal.reason as HandshakeError;
  assert.equal(code, "HANDSHAKE_TIMED_OUT");
  assert.equal(message, "the connection was not open within 1 ms (handshakeTimeoutMs)");
});

test("time is over: the reason says what did not happen", async () => {
  const { signal } = new OpeningDeadline(2, undefined, "no response head came");
  await once(signal, "abort");
  const { message } = signal.reason as HandshakeError;
  assert.equal(message, "no response head came within 2 ms (handshakeTimeoutMs)");
});

test("the caller's signal aborts it, with the caller's reason as cause", () => {
  const controller = new AbortController();
  const deadline = new OpeningDeadline(10_000, controller.signal);
  controller.abort("why");
  const reason = deadline.signal.reason as HandshakeError;
  assert.deepEqual([reason.code, reason.name, reason.cause], ["ABORTED", "AbortError", "why"]);
  deadline.clear();
});

test("a signal that is aborted already aborts it at once", () => {
  const deadline = new OpeningDeadline(10_000, AbortSignal.abort());
  assert.equal(deadline.signal.aborted, true);
  deadline.clear();
});

test("without its timer it still hears the caller; cleared, it hears nobody", () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const heard = new OpeningDeadline(10_000, first.signal);
  heard.stopTimer();
  first.abort();
  assert.equal(heard.signal.aborted, true);
  const deaf = new OpeningDeadline(10_000, second.signal);
  deaf.clear();
  second.abort();
  assert.equal(deaf.signal.aborted, false);
  heard.clear();
});
