import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { SendBacklog } from "#src/connection/send-backlog.js";
import { heldBytesEach } from "../../support/held-memory.js";
import { seeded } from "../../support/property-seed.js";

/** Everything in it, one write after the other. */
function takeAll(backlog: SendBacklog): Uint8Array[] {
  const writes: Uint8Array[] = [];
  while (backlog.byteLength > 0) writes.push(backlog.take());
  return writes;
}

const piece = fc.record({
  length: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 100_000 })),
  isLent: fc.boolean(),
});

describe("send backlog", () => {
  test("gives out what it was given, in order, in writes of blocks", (t) => {
    fc.assert(
      fc.property(fc.array(fc.array(piece, { maxLength: 60 }), { maxLength: 4 }), (rounds) => {
        const backlog = new SendBacklog();
        for (const pieces of rounds) {
          let mark = 0;
          const given = pieces.map(({ length, isLent }) => {
            const bytes = new Uint8Array(length).fill(++mark);
            backlog.add(bytes, isLent);
            const copy = bytes.slice();
            // What is lent is somebody else's again.
            if (isLent) bytes.fill(0xdd);
            return copy;
          });
          assert.equal(
            backlog.byteLength,
            given.reduce((sum, { length }) => sum + length, 0),
          );
          assert.deepEqual(Buffer.concat(takeAll(backlog)), Buffer.concat(given));
        }
      }),
      seeded(t, 200),
    );
  });

  test("takes about twice the memory of what it holds, at most, however small the pieces are", () => {
    const bytes = 400_000;
    for (const lengths of [[3], [512, 1], [1, 700, 30]]) {
      const held = heldBytesEach(10, () => {
        const backlog = new SendBacklog();
        while (backlog.byteLength < bytes) {
          for (const length of lengths) backlog.add(new Uint8Array(length), length < 512);
        }
        return backlog;
      });
      assert.ok(held < 2.2 * bytes, `${held} bytes for ${bytes} in pieces of ${lengths}`);
    }
  });

  test("makes one write of many small messages", () => {
    const backlog = new SendBacklog();
    for (let i = 0; i < 20_000; i++) backlog.add(Uint8Array.of(0x81, 0x01, 0x78), true);
    assert.equal(takeAll(backlog).length, 1);
  });

  test("keeps a large frame that others share, without a copy", () => {
    const backlog = new SendBacklog();
    const shared = new Uint8Array(100_000);
    backlog.add(Uint8Array.of(1), true);
    backlog.add(shared, false);
    backlog.add(Uint8Array.of(2), true);
    const writes = takeAll(backlog);
    assert.deepEqual(
      writes.map(({ length }) => length),
      [1, 100_000, 1],
    );
    assert.equal(writes[1], shared);
  });

  test("begins with small blocks again when what waited has been taken", () => {
    const held = heldBytesEach(256, () => {
      const backlog = new SendBacklog();
      for (let i = 0; i < 100; i++) backlog.add(new Uint8Array(1000), true);
      takeAll(backlog);
      backlog.add(new Uint8Array(10), true);
      return backlog;
    });
    assert.ok(held < 2000, `${held} bytes for 10`);
  });
});
