import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CountedTransport } from "#src/proxy/inspect/counted-transport.js";
import { createMemoryPair, DelegatingTransport } from "#src/transport/index.js";
import { RecordingSink } from "../../transport/recording-sink.js";

class Taking extends DelegatingTransport {
  override writeBorrowed(): number {
    return 3;
  }
}

describe("a counted transport", () => {
  test("counts what is written and what is received", async () => {
    const [near, far] = createMemoryPair();
    const counted = new CountedTransport(near);
    const sinks = [RecordingSink.attachedTo(counted), RecordingSink.attachedTo(far)];
    counted.write(Buffer.from("up"));
    far.write(Buffer.from("down"));
    await Promise.all([sinks[0].received(4), sinks[1].received(2)]);
    assert.deepEqual([counted.bytesSent, counted.bytesReceived], [2, 4]);
  });

  test("counts of borrowed bytes those that were taken", () => {
    const [near] = createMemoryPair();
    const counted = new CountedTransport(new Taking(near));
    assert.equal(counted.writeBorrowed(new Uint8Array(9)), 3);
    assert.equal(counted.bytesSent, 3);
  });
});
