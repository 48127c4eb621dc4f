import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { sha1 } from "#src/handshake/index.js";

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

describe("sha1 in plain TypeScript", () => {
  // FIPS 180-4, the examples of one block and of two.
  for (const [text, digest] of [
    ["abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"],
  ]) {
    test(`of "${text}" is ${digest}`, () => assert.equal(hex(sha1(Buffer.from(text))), digest));
  }

  test("is that of Node.js for every length around the ends of blocks", () => {
    for (let length = 0; length <= 200; length++) {
      const message = Uint8Array.from({ length }, (_, i) => Math.imul(i + length, 0x9d) & 0xff);
      assert.equal(hex(sha1(message)), createHash("sha1").update(message).digest("hex"), String(length));
    }
  });

  test("leaves the message alone", () => {
    const message = Uint8Array.of(1, 2, 3);
    sha1(message);
    assert.deepEqual(message, Uint8Array.of(1, 2, 3));
  });
});
