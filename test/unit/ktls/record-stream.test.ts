import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, type TestContext, test } from "node:test";
import { HandshakeWatch } from "#src/ktls/handshake-watch.js";
import { RecordStream } from "#src/ktls/record-stream.js";
import { OP_SEND } from "../../support/fake-kernel.js";
import { turns } from "../transport/recording-sink.js";
import { FakeConnection } from "../uring/fake-connection.js";

function open(t: TestContext): { stream: RecordStream; connection: FakeConnection } {
  const connection = new FakeConnection(t);
  const stream = new RecordStream(connection.transport, new HandshakeWatch("client"));
  stream.on("error", () => {});
  return { stream, connection };
}

describe("the stream of a handshake that may be handed over", () => {
  test("wipes the secrets when the handshake fails", async (t) => {
    const { stream } = open(t);
    stream.watch.keyLog.note(Buffer.from(`CLIENT_TRAFFIC_SECRET_0 ${"00".repeat(32)} 0102\n`));
    const secret = stream.watch.trafficSecret("ours");
    stream.destroy();
    await once(stream, "close");
    assert.deepEqual([secret, stream.watch.trafficSecret("ours")], [Buffer.alloc(2), undefined]);
  });

  test("says that everything has left when it is destroyed while something waits, before or after it is asked", async (t) => {
    const { stream, connection } = open(t);
    stream.write("flight");
    await turns(2);
    assert.equal(connection.kernel.isUnderWay(OP_SEND), true);
    connection.kernel.cancelling = "by the test";
    const asked = stream.left();
    stream.destroy();
    await asked;
    await stream.left();
  });
});
