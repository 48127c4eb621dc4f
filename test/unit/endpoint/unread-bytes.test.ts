import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { UnreadBytes } from "#src/endpoint/unread-bytes.js";
import { heldBytesEach } from "../../support/held-memory.js";

/** Takes up to `room` bytes in all. */
function takeFrom(unread: UnreadBytes, room: number): number[] {
  const taken: number[] = [];
  unread.drain((bytes) => {
    const at = Math.min(bytes.length, room - taken.length);
    taken.push(...bytes.subarray(0, at));
    return at;
  });
  return taken;
}

describe("unread bytes", () => {
  test("come out in order, however they went in and however many are taken at once", () => {
    for (let room = 1; room <= 8; room++) {
      const unread = new UnreadBytes();
      unread.keep(Uint8Array.of(9, 1, 2, 3), 1);
      unread.keep(Uint8Array.of(4), 0);
      const taken = takeFrom(unread, room);
      unread.keep(Uint8Array.of(5, 6, 7), 0);
      while (!unread.isEmpty) taken.push(...takeFrom(unread, room));
      assert.deepEqual(taken, [1, 2, 3, 4, 5, 6, 7]);
    }
  });

  test("are copies, also of a Buffer, and of no more than is unread", () => {
    const buffer = Buffer.from([9, 9, 1, 2]);
    const unread = new UnreadBytes();
    unread.keep(buffer, 2);
    buffer.fill(0);
    unread.drain((bytes) => {
      assert.deepEqual(bytes, Uint8Array.of(1, 2));
      assert.equal(bytes.buffer.byteLength, 2);
      return 2;
    });
  });

  test("are empty when nothing is unread, when all was taken, and when cleared", () => {
    const unread = new UnreadBytes();
    unread.keep(Uint8Array.of(1), 1);
    assert.equal(unread.isEmpty, true);
    unread.keep(Uint8Array.of(1), 0);
    assert.deepEqual(takeFrom(unread, 0), []);
    assert.equal(unread.isEmpty, false);
    assert.deepEqual(takeFrom(unread, 1), [1]);
    assert.equal(unread.isEmpty, true);
    unread.keep(Uint8Array.of(1), 0);
    unread.clear();
    assert.equal(unread.isEmpty, true);
  });

  test("really hold at most twice what is unread and 4 KiB, also byte by byte", () => {
    const piece = new Uint8Array(100_000);
    for (const [count, length] of [
      [1, 51_000],
      [51, 1000],
      [51_000, 1],
    ]) {
      const held = heldBytesEach(64, () => {
        const unread = new UnreadBytes();
        for (let i = 0; i < count; i++) unread.keep(piece, piece.length - length);
        return unread;
      });
      assert.ok(held <= 2 * 51_000 + 4096, `${held} bytes are held of ${count} pieces`);
    }
  });

  test("let go of what was read, and move the rest seldom", () => {
    const unread = new UnreadBytes();
    let moved = 0;
    let block: ArrayBufferLike | undefined;
    unread.keep(new Uint8Array(65_536), 0);
    for (let left = 65_536; left > 0; left--) {
      unread.drain((bytes) => {
        assert.equal(bytes.length, left);
        if (bytes.buffer !== block) moved += left;
        block = bytes.buffer;
        assert.ok(block.byteLength <= 2 * left + 2, `${block.byteLength} bytes hold ${left}`);
        return 1;
      });
      assert.equal(unread.isEmpty, left === 1);
    }
    assert.ok(moved <= 2 * 65_536, `${moved} bytes were moved`);
  });
});
