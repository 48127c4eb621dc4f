// What two ends of a connection say to each other when there is nothing to be said but that they can.

import assert from "node:assert/strict";
import type { Transport } from "#src/transport/index.js";
import { RecordingSink } from "../transport/recording-sink.js";

/** In both directions at once, more than one record holds; and then each ends. */
export async function talk([left, right]: readonly [Transport, Transport]): Promise<void> {
  const sinks = [RecordingSink.attachedTo(left), RecordingSink.attachedTo(right)];
  left.write(Buffer.alloc(100_000, "there"));
  right.write(Buffer.alloc(50_000, "back"));
  await Promise.all([sinks[0].received(50_000), sinks[1].received(100_000)]);
  assert.ok(sinks[0].text === "back".repeat(12_500));
  assert.ok(sinks[1].text === "there".repeat(20_000));
  left.end();
  right.end();
  await Promise.all(sinks.map((sink) => sink.called("closed")));
  for (const sink of sinks) assert.equal(sink.closedError, undefined);
}
