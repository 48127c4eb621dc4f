import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CollectedOutput } from "#src/protocol/index.js";
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

  test("is never congested", () => {
    const output = new CollectedOutput();
    output.append(new Uint8Array(1_000_000));
    assert.equal(output.isCongested, false);
  });
});
