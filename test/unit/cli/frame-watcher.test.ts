import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FrameWatcher, type WireControl, type WireMessage } from "#src/cli/connect/frame-watcher.js";
import { describeControl, describeWire } from "#src/cli/connect/wire-log.js";
import { encodeFrame, frame } from "../../support/wire-frame.js";

const key = [1, 2, 3, 4];

function watch(chunks: readonly Uint8Array[]): (WireMessage | string)[] {
  const seen: (WireMessage | string)[] = [];
  const watcher = new FrameWatcher({
    message: (message: WireMessage) => seen.push({ ...message }),
    control: (control: WireControl) => seen.push(describeControl(control)),
  });
  for (const chunk of chunks) watcher.receive(chunk, 0, chunk.length);
  return seen;
}

describe("the watcher of frames", () => {
  const wire = Buffer.concat([
    encodeFrame(frame(1, "hello"), key),
    encodeFrame(frame(9, "p"), key),
    encodeFrame(frame(2, "ab", { fin: false }), undefined),
    encodeFrame(frame(0xa, new Uint8Array([0, 1])), undefined),
    encodeFrame(frame(0, "x".repeat(300)), undefined),
    encodeFrame(frame(1, "", { rsv: 4 }), key),
    encodeFrame(frame(8, Buffer.concat([Buffer.from([0x03, 0xe8]), Buffer.from("bye")])), key),
    encodeFrame(frame(8, ""), key),
  ]);
  const expected = [
    { isBinary: false, isCompressed: false, frames: 1, payloadBytes: 5, wireBytes: 11 },
    'ping "p"',
    "pong 00 01",
    { isBinary: true, isCompressed: false, frames: 2, payloadBytes: 302, wireBytes: 308 },
    { isBinary: false, isCompressed: true, frames: 1, payloadBytes: 0, wireBytes: 6 },
    "close 1000 (normal): bye",
    "close",
  ];

  test("sees messages and control frames in their order", () => assert.deepEqual(watch([wire]), expected));

  test("sees the same wherever the bytes are torn", () => {
    for (let at = 0; at <= wire.length; at++)
      assert.deepEqual(watch([wire.subarray(0, at), wire.subarray(at)]), expected, `at ${at}`);
    assert.deepEqual(watch(Array.from(wire, (byte) => Uint8Array.of(byte))), expected);
  });

  test("changes nothing that it sees", () => {
    const copy = Buffer.from(wire);
    watch([copy]);
    assert.deepEqual(copy, wire);
  });

  test("keeps no more of a control frame than one may have", () => {
    const long = encodeFrame(frame(9, "x".repeat(200_000)), undefined);
    const [shown] = watch([long]);
    assert.equal(shown, `ping ${JSON.stringify("x".repeat(125))}`);
  });

  test("survives bytes that are no frames", () => {
    const noise = Uint8Array.from({ length: 4096 }, (_, i) => (i * 167 + 13) & 0xff);
    for (let at = 0; at < 256; at++) watch([noise.subarray(at)]);
  });

  test("messages are told with their size and what they took on the wire", () => {
    const wireMessage = { isBinary: true, isCompressed: true, frames: 3, payloadBytes: 4, wireBytes: 12 };
    const told = "binary of 2000 bytes, 12 on the wire, compressed, in 3 frames";
    assert.equal(describeWire(new Uint8Array(2000), wireMessage), told);
  });
});
