import assert from "node:assert/strict";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { openedStream, SocketTransport, TransportError } from "#src/transport/index.js";
import { RecordingSink } from "./recording-sink.js";

const never = new AbortController().signal;

describe("a stream that has been opened", () => {
  for (const [when, wait] of [
    ["before whoever waited for it comes to it", () => undefined],
    ["later, while nobody has it", () => new Promise((resolve) => setImmediate(resolve))],
  ] as const) {
    test(`keeps an error that comes ${when}, for whoever takes it`, async () => {
      const socket = new Socket();
      const opened = openedStream(socket, "connect", never);
      socket.emit("connect");
      const failure = Object.assign(new Error("reset"), { code: "ECONNRESET" });
      const given = opened.then((stream) => stream);
      const waited = wait();
      if (waited !== undefined) await waited;
      // As Node's TLS does, which goes on after it.
      socket.emit("error", failure);
      const transport = new SocketTransport(await given);
      const sink = RecordingSink.attachedTo(transport);
      await sink.called("closed");
      assert.ok(sink.closedError instanceof TransportError);
      assert.deepEqual([sink.closedError.code, sink.closedError.cause], ["CONNECTION_RESET", failure]);
    });
  }

  test("is destroyed when it fails before, and the failure told", async () => {
    const socket = new Socket();
    const opened = openedStream(socket, "connect", never);
    socket.emit("error", Object.assign(new Error("refused"), { code: "ECONNREFUSED" }));
    await assert.rejects(opened, { code: "CONNECTION_REFUSED" });
    assert.equal(socket.destroyed, true);
  });

  test("is destroyed at the deadline, with its reason", async () => {
    const socket = new Socket();
    const deadline = new AbortController();
    const opened = openedStream(socket, "connect", deadline.signal);
    const reason = new Error("too late");
    deadline.abort(reason);
    await assert.rejects(opened, reason);
    assert.equal(socket.destroyed, true);
    assert.equal(socket.listenerCount("connect"), 0);
  });
});
