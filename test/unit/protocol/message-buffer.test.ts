import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MessageBuffer } from "#src/protocol/index.js";
import { parseBytes } from "../../support/vectors.js";

/** Appends `total` bytes in frames of `frameBytes`, each arriving in pieces of `pieceBytes`. */
function fill(
  total: number,
  frameBytes: number,
  pieceBytes: number,
): { buffer: MessageBuffer; blocks: number } {
  const buffer = new MessageBuffer();
  const piece = new Uint8Array(pieceBytes).fill(7);
  let blocks = 0;
  let block = buffer.bytes;
  let inFrame = Math.min(frameBytes, total);
  while (buffer.length < total) {
    const length = Math.min(pieceBytes, inFrame);
    buffer.append(piece, 0, length, inFrame);
    inFrame -= length;
    if (inFrame === 0) inFrame = Math.min(frameBytes, total - buffer.length);
    if (buffer.bytes !== block) blocks++;
    block = buffer.bytes;
  }
  return { buffer, blocks };
}

describe("message buffer", () => {
  test("joins ranges in order and hands them over in a block of their own size", () => {
    const buffer = new MessageBuffer();
    const bytes = parseBytes("ff 01 02 03 04 ff");
    buffer.append(bytes, 1, 3, 2);
    buffer.append(bytes, 3, 3, 0);
    buffer.append(bytes, 3, 5, 2);
    bytes.fill(0);
    assert.equal(buffer.length, 4);
    assert.deepEqual(buffer.bytes.subarray(0, 4), parseBytes("01 02 03 04"));
    const taken = buffer.take();
    assert.deepEqual(taken, parseBytes("01 02 03 04"));
    assert.equal(taken.buffer.byteLength, 4);
  });

  test("copies short and long ranges alike", () => {
    for (const length of [1, 31, 32, 33, 34, 100, 1000]) {
      const bytes = Uint8Array.from({ length: length + 2 }, (_, i) => i & 255);
      const buffer = new MessageBuffer();
      buffer.append(bytes, 1, length + 1, length);
      buffer.append(bytes, 1, length + 1, length);
      assert.deepEqual(buffer.take(), Uint8Array.of(...bytes.subarray(1, -1), ...bytes.subarray(1, -1)));
    }
  });

  test("is empty and holds nothing after it was taken or cleared", () => {
    const buffer = new MessageBuffer();
    buffer.append(new Uint8Array(100), 0, 100, 100);
    buffer.take();
    assert.deepEqual([buffer.length, buffer.capacity], [0, 0]);
    buffer.append(new Uint8Array(100), 0, 100, 100);
    buffer.clear();
    assert.deepEqual([buffer.length, buffer.capacity], [0, 0]);
    assert.deepEqual(buffer.take(), new Uint8Array(0));
  });

  test("what was taken is not touched by what comes later", () => {
    const buffer = new MessageBuffer();
    buffer.append(parseBytes("01 02"), 0, 2, 2);
    const first = buffer.take();
    buffer.append(parseBytes("03 04"), 0, 2, 2);
    assert.deepEqual(first, parseBytes("01 02"));
  });

  test("allocates at once what a small frame announces", () => {
    const { buffer, blocks } = fill(60_000, 60_000, 1);
    assert.equal(blocks, 1);
    assert.equal(buffer.capacity, 60_000);
  });

  test("allocates nothing big for bytes that were announced and have not arrived", () => {
    for (const announced of [65_537, 2 ** 20, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      const buffer = new MessageBuffer();
      for (let arrived = 1; arrived <= 3000; arrived++) {
        buffer.append(new Uint8Array(1), 0, 1, announced - arrived + 1);
        assert.ok(buffer.capacity <= Math.max(1024, 2 * arrived), `${buffer.capacity} bytes for ${arrived}`);
      }
    }
  });

  test("ends a large frame with exactly the announced capacity, so that nothing is copied to hand it over", () => {
    for (const total of [65_537, 100_000, 1_000_000]) {
      const { buffer } = fill(total, total, 1000);
      assert.equal(buffer.capacity, total);
      const block = buffer.bytes;
      assert.equal(buffer.take(), block);
    }
  });

  test("holds at most half more than what arrived when the message comes in frames of one byte", () => {
    const buffer = new MessageBuffer();
    for (let arrived = 1; arrived <= 20_000; arrived++) {
      buffer.append(new Uint8Array(1), 0, 1, 1);
      assert.ok(buffer.capacity <= 1.5 * arrived + 1, `${buffer.capacity} bytes for ${arrived}`);
    }
  });

  test("grows a logarithmic number of times, whatever the size of the frames", () => {
    for (const frameBytes of [1, 2, 7, 64, 1000]) {
      const { blocks } = fill(frameBytes * 16_384, frameBytes, frameBytes);
      assert.ok(blocks < 60, `${blocks} blocks for frames of ${frameBytes} bytes`);
    }
  });
});
