import assert from "node:assert/strict";
import { ReadableStream } from "node:stream/web";
import { describe, test } from "node:test";
import type { MessageSource } from "#src/connection/index.js";
import { connectToPeer } from "../../support/memory-connection.js";

// The queue is a part of the connection and is tested through it: streams, Blobs and what waits behind them.

describe("outgoing queue", () => {
  test("sends streams one after the other, in the order in which they were given", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const streams = ["a", "b", "c"].map((name) => connection.sendStream([name]));
    connection.send("last");
    await host.settle();
    await Promise.all(streams);
    const expected = ["a", "b", "c"].flatMap((name) => [`text … ${name}`, "continuation"]);
    assert.deepEqual(peer.take(), [...expected, "text last"]);
  });

  test("goes on behind a stream that failed before it sent anything", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const source = new ReadableStream<string>({
      start: (controller) => controller.error(new Error("not available")),
    });
    const failing = connection.sendStream(source as MessageSource);
    const next = connection.sendStream(["next"]);
    await assert.rejects(failing, /not available/);
    await Promise.all([next, host.settle()]);
    await host.settle();
    assert.deepEqual(peer.take(), ["text … next", "continuation"]);
  });

  test("runs once what a drain handler adds to it", async () => {
    const { host, connection, peer } = connectToPeer("server", { highWaterMarkBytes: 5 });
    let drains = 0;
    connection.listen({
      drain(ws) {
        if (drains++ > 0) return;
        void ws.sendStream(["from the handler"]);
        ws.send("behind it");
      },
    });
    void connection.sendStream(["first"]);
    connection.send("queued");
    await host.settle();
    assert.deepEqual(peer.take(), [
      "text … first",
      "continuation",
      "text queued",
      "text … from the handler",
      "continuation",
      "text behind it",
    ]);
    assert.equal(drains, 2);
  });

  test("is out of the way again when it is empty", async () => {
    const { host, connection } = connectToPeer("server");
    await Promise.all([connection.sendStream(["x"]), host.settle()]);
    await host.settle();
    assert.equal(connection.send("direct"), "sent");
  });
});
