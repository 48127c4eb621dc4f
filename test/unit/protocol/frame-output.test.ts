import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CollectedOutput } from "#src/protocol/index.js";
import { heldBytesEach } from "../../support/held-memory.js";
import { parseBytes } from "../../support/vectors.js";

function write(output: CollectedOutput, bytes: Uint8Array): void {
  const at = output.reserve(bytes.length);
  output.block.set(bytes, at);
}

describe("collected output", () => {
  test("gives everything that was written, in order, as one block", () => {
    const output = new CollectedOutput();
    write(output, Uint8Array.of(1, 2));
    output.append(Uint8Array.of(3));
    write(output, Uint8Array.of(4, 5, 6));
    assert.deepEqual(output.take(), parseBytes("01 02 03 04 05 06"));
  });

  test("is empty after it was taken", () => {
    const output = new CollectedOutput();
    write(output, Uint8Array.of(1));
    assert.deepEqual(output.take(), Uint8Array.of(1));
    assert.deepEqual(output.take(), new Uint8Array(0));
    write(output, Uint8Array.of(2));
    assert.deepEqual(output.take(), Uint8Array.of(2));
  });

  test("lends exactly the room that was asked for", () => {
    const output = new CollectedOutput();
    assert.equal(output.reserve(7), 0);
    assert.equal(output.block.length, 7);
  });

  test("holds at most twice what was written and 4 KiB, however small the frames", () => {
    for (const [frameBytes, frames] of [
      [1, 1],
      [2, 8192],
      [127, 500],
      [60_000, 3],
    ] as const) {
      const held = heldBytesEach(256, () => {
        const output = new CollectedOutput();
        for (let i = 0; i < frames; i++) output.reserve(frameBytes);
        return output;
      });
      const written = frameBytes * frames;
      assert.ok(held <= 2 * written + 4096, `${held} bytes for ${written} in frames of ${frameBytes}`);
    }
  });

  test("holds nothing of what was taken", () => {
    const held = heldBytesEach(256, () => {
      const output = new CollectedOutput();
      output.reserve(100_000);
      output.take();
      return output;
    });
    assert.ok(held <= 4096, `${held} bytes are held`);
  });

  test("gives small and large frames in their order, before and behind what was appended", () => {
    const output = new CollectedOutput();
    const expected: number[] = [];
    for (let i = 0; i < 300; i++) {
      const bytes = new Uint8Array(i % 50 === 0 ? 3000 : i % 9).fill(i);
      expected.push(...bytes);
      if (i % 7 === 0) output.append(bytes);
      else write(output, bytes);
    }
    assert.deepEqual(output.take(), Uint8Array.from(expected));
    assert.deepEqual(output.take(), new Uint8Array(0));
  });

  test("is never congested", () => {
    const output = new CollectedOutput();
    output.append(new Uint8Array(1_000_000));
    assert.equal(output.isCongested, false);
  });
});
