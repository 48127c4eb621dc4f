import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { DialAddress, ListenAddress, Transport } from "#src/transport/index.js";
import { ringLoop, UringDialer, UringListener } from "#src/uring/index.js";
import { describeTransport } from "../transport/contract.js";
import { countedBytes, latin1, RecordingSink, turns } from "../transport/recording-sink.js";

const never = new AbortController().signal;

function pairOver(place: (t: TestContext) => ListenAddress) {
  return async (t: TestContext): Promise<[Transport, Transport]> => {
    const loop = ringLoop();
    assert.ok(typeof loop !== "string", String(loop));
    let accept: (transport: Transport) => void = () => {};
    const accepted = new Promise<Transport>((resolve) => {
      accept = resolve;
    });
    const listener = new UringListener(loop, {
      accepted: (transport) => accept(transport),
      failed: assert.fail,
    });
    const bound = await listener.listen(place(t));
    const address: DialAddress = "path" in bound ? bound : { host: bound.address, port: bound.port };
    const pair = await Promise.all([new UringDialer(loop).dial(address, never), accepted]);
    t.after(() => {
      for (const transport of pair) transport.destroy();
      listener.close();
    });
    return pair;
  };
}

describeTransport(
  "ring over TCP",
  pairOver(() => ({ port: 0, host: "127.0.0.1" })),
);
describeTransport(
  "ring over TCP with IPv6",
  pairOver(() => ({ port: 0, host: "::1" })),
);
describeTransport(
  "ring over a unix socket",
  pairOver((t) => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    return { path: join(folder, "socket") };
  }),
);

test("a connection over a real ring keeps the order while reads become large and small again, and pauses come between", async (t) => {
  const [left, right] = await pairOver(() => ({ port: 0, host: "127.0.0.1" }))(t);
  RecordingSink.attachedTo(left);
  const sink = RecordingSink.attachedTo(right);
  for (let round = 0; round < 40; round++) {
    sink.onEvent = () => {
      if (round % 3 !== 1) return;
      right.pause();
      setImmediate(() => right.resume());
    };
    // Every other round is large writes with a small one behind each; then come more small reads than change the way back.
    const lengths = round % 2 === 0 ? [300_000, 7, 100_000, 9, 500_000, 11] : new Array(40).fill(5);
    let written = "";
    for (const length of lengths) {
      const bytes = countedBytes(length, written.length + round);
      written += latin1(bytes);
      left.write(bytes);
      if (round % 4 !== 0) await turns(1);
    }
    await sink.received(written.length);
    assert.ok(sink.text === written, `round ${round}`);
    sink.text = "";
    sink.byteLength = 0;
  }
});
