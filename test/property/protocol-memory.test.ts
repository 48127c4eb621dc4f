import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { encodeFrame } from "#src/protocol/index.js";
import { seeded } from "../support/property-seed.js";
import { ProtocolLog } from "../support/protocol-log.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes of heap and array buffers that are in use. */
function usedBytes(): number {
  // The first collection leaves freed array buffers to a thread of its own; the second waits for that thread.
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

interface Shape {
  isText: boolean;
  fragmentBytes: number;
  fragments: number;
  chunkBytes: number;
}

const mask = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

/** An unfinished message of the shape. */
function unfinishedMessage({ isText, fragmentBytes, fragments }: Shape): Uint8Array {
  const payload = new Uint8Array(fragmentBytes).fill(0x61);
  const first = encodeFrame({ fin: false, opcode: isText ? 1 : 2, mask, payload });
  const next = encodeFrame({ fin: false, opcode: 0, mask, payload });
  const bytes = new Uint8Array(first.length + (fragments - 1) * next.length);
  bytes.set(first);
  for (let i = 1; i < fragments; i++) bytes.set(next, first.length + (i - 1) * next.length);
  return bytes;
}

function openWith(bytes: Uint8Array, chunkBytes: number): ProtocolLog {
  const log = new ProtocolLog({ role: "server" });
  const lent = bytes.slice();
  for (let at = 0; at < lent.length; at += chunkBytes) {
    log.machine.receive(lent, at, Math.min(at + chunkBytes, lent.length));
  }
  assert.deepEqual(log.events, []);
  return log;
}

/** What one connection holds after these bytes, as the mean over many: the platform's own heap comes and goes. */
function heldBytes(bytes: Uint8Array, chunkBytes: number): number {
  const count = 64;
  openWith(bytes, chunkBytes);
  const before = usedBytes();
  const logs = Array.from({ length: count }, () => openWith(bytes, chunkBytes));
  const held = (usedBytes() - before) / count;
  assert.equal(logs.length, count);
  return held;
}

/** Room for everything of a connection but the payload of its unfinished message, and for noise. */
const machineBytes = 16_000;

describe("protocol and memory", () => {
  test("an unfinished message costs at most twice its bytes, however small its frames and chunks", (t) => {
    const shape = fc.record({
      isText: fc.boolean(),
      fragmentBytes: fc.oneof(fc.constantFrom(0, 1, 2), fc.integer({ min: 3, max: 64 })),
      fragments: fc.integer({ min: 1, max: 4000 }),
      chunkBytes: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 5000 })),
    });
    fc.assert(
      fc.property(shape, (shape) => {
        const held = heldBytes(unfinishedMessage(shape), shape.chunkBytes);
        const bound = 2 * shape.fragmentBytes * shape.fragments + machineBytes;
        assert.ok(held <= bound, `${held} bytes are held, ${bound} are allowed`);
      }),
      { ...seeded(t, 8), endOnFailure: true },
    );
  });

  test("16384 empty fragments cost no more than one", () => {
    const shape = { isText: false, fragmentBytes: 0, fragments: 16_384, chunkBytes: 1000 };
    assert.ok(heldBytes(unfinishedMessage(shape), 1000) <= machineBytes);
  });

  test("a header that announces a large message costs nothing until the message comes", () => {
    const header = Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 0, 0x0f, 0xff, 0xff, ...mask);
    assert.ok(heldBytes(header, 1) <= machineBytes);
    const begun = Uint8Array.of(...header, 1, 2, 3);
    assert.ok(heldBytes(begun, 1) <= machineBytes);
  });

  test("a connection that was refused or closed holds nothing of its message", () => {
    const beginning = unfinishedMessage({
      isText: false,
      fragmentBytes: 50_000,
      fragments: 10,
      chunkBytes: 0,
    });
    for (const end of [
      { opcode: 3, mask },
      { opcode: 8, mask },
    ]) {
      const before = usedBytes();
      const log = openWith(beginning, 10_000);
      log.receive(encodeFrame(end));
      assert.equal(log.events.length, 1);
      const held = usedBytes() - before;
      assert.ok(held < 100_000, `${held} bytes are held`);
      assert.equal(log.machine.isOpen, false);
    }
  });
});
