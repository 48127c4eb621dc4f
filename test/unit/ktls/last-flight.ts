// Data that comes together with the last record of a client's handshake: the border between what Node's TLS reads and what is
// the kernel's lies in the middle of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { kernelTls } from "#src/ktls/index.js";
import { RecordSplitter } from "#src/ktls/record-splitter.js";
import { dialWithNode, listenOnRing } from "../../support/ring-tls.js";
import { TcpRelay } from "../../support/tcp-relay.js";
import { RecordingSink } from "../transport/recording-sink.js";

const APPLICATION_DATA = 23;

/** Holds what a client sends behind its ClientHello until there are so many protected records, and lets them go as one. */
function gather(relay: TcpRelay, recordCount: number): { readonly gathered: number } {
  let hasHello = false;
  let held = Buffer.alloc(0);
  const state = { gathered: 0 };
  relay.fromClient = (bytes) => {
    if (!hasHello) {
      hasHello = true;
      return bytes;
    }
    if (state.gathered > 0) return bytes;
    held = Buffer.concat([held, bytes]);
    const records = new RecordSplitter().push(held) ?? [];
    const count = records.filter(([type]) => type === APPLICATION_DATA).length;
    if (count < recordCount) return undefined;
    state.gathered = count;
    return held;
  };
  return state;
}

/** For an end of a server that has to be of this kind. */
export function testLastFlight(kind: "uring+ktls" | "uring+tls"): void {
  for (const count of [1, 3])
    test(`nothing is lost of ${count} records that come in one segment with the client's Finished`, async (t) => {
      const { port, accepted } = await listenOnRing(t, kernelTls);
      const relay = await TcpRelay.to(t, port);
      const state = gather(relay, 1 + count);
      const client = dialWithNode(t, relay.port);
      await new Promise((resolve) => client.once("secureConnect", resolve));
      const records = Array.from({ length: count }, (_, i) => `record ${i}, `);
      for (const record of records) await new Promise((resolve) => client.write(record, resolve));
      const transport = await accepted;
      assert.equal(state.gathered, 1 + count);
      assert.equal(transport.kind, kind);
      const sink = RecordingSink.attachedTo(transport);
      client.write("and one later");
      const expected = `${records.join("")}and one later`;
      await sink.received(expected.length);
      assert.equal(sink.text, expected);
    });
}
