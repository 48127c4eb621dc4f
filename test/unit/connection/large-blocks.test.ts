import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LargeBlocks } from "#src/connection/large-blocks.js";

const MIB = 2 ** 20;

describe("blocks of large frames", () => {
  test("have room for what was asked for, and little more", () => {
    const blocks = new LargeBlocks();
    for (const length of [65_537, 100_000, MIB, MIB + 1, 10 * MIB + 7]) {
      const { bytes } = blocks.lend(length);
      assert.ok(bytes.length >= length && bytes.length < length + 65_536, `${bytes.length} for ${length}`);
    }
  });

  test("are used again by frames of about the same size, and never by two at once", () => {
    const blocks = new LargeBlocks();
    const first = blocks.lend(200_000);
    assert.notEqual(blocks.lend(200_000), first);
    first.release();
    assert.equal(blocks.lend(190_000), first);
    assert.notEqual(blocks.lend(190_000), first);
  });

  test("are not used for frames of less than half their size, which may have to wait in them for long", () => {
    const blocks = new LargeBlocks();
    const large = blocks.lend(MIB);
    large.release();
    assert.notEqual(blocks.lend(MIB / 2 - 1), large);
    assert.equal(blocks.lend(MIB / 2), large);
  });

  test("are kept up to 4 MiB, the latest ones, and the rest is let go of", () => {
    const blocks = new LargeBlocks();
    const lent = Array.from({ length: 100 }, (_, i) => blocks.lend(100_000 + 3000 * i));
    for (const block of lent) {
      block.release();
      assert.ok(blocks.spareBytes <= 4 * MIB, `${blocks.spareBytes} bytes`);
    }
    assert.ok(blocks.spareBytes > 3 * MIB);
    assert.equal(blocks.lend((lent.at(-1)?.bytes.length ?? 0) - 1), lent.at(-1));
    const before = blocks.spareBytes;
    blocks.lend(4 * MIB + 1).release();
    assert.equal(blocks.spareBytes, before);
  });
});
