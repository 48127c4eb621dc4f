import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nextMaskKey, randomBlock } from "#src/host/index.js";

describe("random", () => {
  test("every masking key is 32 bits, handed out once", () => {
    // More than one block of them. Among 5000 of 2^32 keys a pair is equal by chance once in 340 times, three pairs never.
    const keys = Array.from({ length: 5000 }, nextMaskKey);
    assert.ok(keys.every((key) => key === (key | 0)));
    assert.ok(new Set(keys).size > 4997);
  });

  test("every bit of the masking keys is set in about half of them", () => {
    const keys = Array.from({ length: 10_000 }, nextMaskKey);
    for (let bit = 0; bit < 32; bit++) {
      const count = keys.filter((key) => (key >>> bit) & 1).length;
      // Ten standard deviations on either side.
      assert.ok(Math.abs(count - 5000) < 500, `bit ${bit} is set in ${count} of 10000`);
    }
  });

  test("blocks have the length asked for, and differ", () => {
    assert.equal(randomBlock(0).length, 0);
    const blocks = Array.from({ length: 100 }, () => randomBlock(16));
    assert.ok(blocks.every((block) => block.length === 16));
    assert.equal(new Set(blocks.map((block) => Buffer.from(block).toString("hex"))).size, 100);
  });
});
