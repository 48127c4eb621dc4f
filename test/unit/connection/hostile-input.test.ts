// What a peer or an application can do that once cost memory, or the process.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connectToPeer } from "../../support/memory-connection.js";

describe("hostile input", () => {
  test("empty messages that wait behind a stream are bounded too", async () => {
    const { host, connection } = connectToPeer("server", { bufferPolicy: "drop" });
    void connection.sendStream(
      (async function* () {
        yield "x";
        await new Promise(() => {});
      })(),
    );
    await host.settle();
    let queued = 0;
    while (connection.send("") !== "dropped") queued++;
    assert.ok(queued > 256 && queued < 2000, `${queued} were queued`);
    connection.terminate();
    await host.settle();
  });

  test("a handler's thenable that throws closes the connection with 1011 and nothing else", async () => {
    const { host, connection, peer } = connectToPeer("server", {});
    const errors: string[] = [];
    connection.listen({
      message: () => ({
        // biome-ignore lint/suspicious/noThenProperty: the point of the test
        then() {
          throw new Error("hostile then");
        },
      }),
      error: (_ws, error) => void errors.push(error.message),
    });
    peer.text("go");
    await host.settle();
    assert.deepEqual(errors, ["hostile then"]);
    assert.equal(connection.link.protocol.closeSent?.code, 1011);
  });
});
