// A peer that reads slowly, whose window closes again and again, also in the middle of a record that the kernel has taken.
// All that was written before an end has to arrive, and the end behind it.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { countedBytes, RecordingSink, turns } from "../unit/transport/recording-sink.js";
import { connectThroughRelay } from "./relayed.js";

/** As kernels with little memory do: to the connections that are made from now on in this test. A record does not fit in. */
function giveSmallestBuffers(t: TestContext): void {
  for (const name of ["tcp_rmem", "tcp_wmem"]) {
    const path = `/proc/sys/net/ipv4/${name}`;
    const before = readFileSync(path, "utf8");
    writeFileSync(path, "4608 4608 4608");
    t.after(() => writeFileSync(path, before));
  }
}

for (const [role, buffers, byteLength] of [
  ["server", "usual", 4_194_304],
  ["client", "smallest", 262_144],
  ["server", "smallest", 262_144],
] as const) {
  test(`all that a ${role} wrote before its end reaches a slow reader: buffers of TCP are the ${buffers}`, async (t) => {
    if (buffers === "smallest") giveSmallestBuffers(t);
    const { transport, peer } = await connectThroughRelay(t, role);
    const sink = RecordingSink.attachedTo(transport);
    peer.pause();
    const bytes = countedBytes(byteLength);
    transport.write(bytes);
    transport.end();
    await turns();
    // The usual ones may hold everything.
    if (buffers === "smallest") assert.ok(transport.pendingBytes > 0, "not all of it has been taken");
    const pieces: Buffer[] = [];
    peer.on("data", (piece: Buffer) => {
      pieces.push(piece);
      peer.pause();
      setImmediate(() => peer.resume());
    });
    peer.resume();
    await once(peer, "end");
    assert.ok(Buffer.concat(pieces).equals(bytes));
    peer.end();
    await sink.called("closed");
    assert.equal(sink.closedError, undefined);
  });
}
