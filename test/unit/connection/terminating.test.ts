import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connectToPeer } from "../../support/memory-connection.js";

describe("terminate", () => {
  test("ends TCP at once, without a Close, and drops what was not sent", async () => {
    const { host, connection, peer } = connectToPeer("server");
    connection.send("not sent");
    connection.terminate();
    assert.notEqual(connection.readyState, 1);
    await host.settle();
    assert.deepEqual([peer.take(), peer.isClosed], [[], true]);
    assert.equal(connection.readyState, 3);
  });

  test("may be called at any time and any number of times, from inside handlers too", async () => {
    const { host, connection, peer } = connectToPeer("server");
    const seen: unknown[] = [];
    connection.listen({
      message(ws, data) {
        seen.push(data);
        ws.terminate();
        ws.terminate();
      },
      close: (ws, code) => {
        seen.push(code);
        ws.terminate();
      },
    });
    peer.transport.write(
      Buffer.concat(["one", "two"].map((text) => peer.encode({ opcode: 1, payload: Buffer.from(text) }))),
    );
    await host.settle();
    connection.terminate();
    await host.settle();
    assert.deepEqual(seen, ["one", 1006]);
  });
});
