import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { encodeFrame } from "#src/protocol/index.js";
import { heldBytesEach, usedBytes } from "../support/held-memory.js";
import { seeded } from "../support/property-seed.js";
import { ProtocolLog } from "../support/protocol-log.js";
import { RunLengthCodec } from "../support/run-length-codec.js";

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

/** What one connection holds after these bytes. */
function heldBytes(bytes: Uint8Array, chunkBytes: number): number {
  return heldBytesEach(64, () => openWith(bytes, chunkBytes));
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

  test("an unfinished compressed message costs at most twice what it inflates to, however small the steps", () => {
    for (const pairs of [1, 50, 4000]) {
      const payload = Uint8Array.from({ length: 2 * pairs }, (_, i) => (i % 2 === 0 ? 255 : 0x61));
      const beginning = encodeFrame({ fin: false, opcode: 1, rsv1: true, mask, payload });
      const inflated = 255 * pairs;
      const held = heldBytesEach(64, () => {
        const log = new ProtocolLog({ role: "server", codec: new RunLengthCodec() });
        log.receive(beginning.slice());
        assert.deepEqual(log.events, []);
        return log;
      });
      assert.ok(held <= 2 * inflated + machineBytes, `${held} bytes for ${inflated}`);
    }
  });

  test("a connection that has read compressed messages holds nothing of them", () => {
    const payload = Uint8Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? 255 : 0x61));
    const held = heldBytesEach(64, () => {
      const log = new ProtocolLog({ role: "server", codec: new RunLengthCodec() });
      log.receive(encodeFrame({ fin: false, opcode: 2, rsv1: true, mask, payload }));
      log.receive(encodeFrame({ opcode: 0, mask, payload }));
      log.receive(encodeFrame({ opcode: 1, rsv1: true, mask, payload }));
      assert.equal(log.events.length, 2);
      log.events.length = 0;
      return log;
    });
    assert.ok(held <= machineBytes, `${held} bytes are held`);
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
