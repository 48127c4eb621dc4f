import assert from "node:assert/strict";
import { test } from "node:test";
import { unmaskByScratch } from "#src/host/scratch-unmask.js";
import { pureEngine } from "#src/protocol/index.js";

test("unmaskByScratch does what the pure engine does, in as many pieces as it takes", () => {
  for (const length of [1, 2048, 65_535, 65_536, 65_537, 200_003]) {
    for (const odd of [undefined, 5, 5 + length - 1]) {
      const bytes = Buffer.alloc(length + 10, 0x41);
      if (odd !== undefined) bytes[odd] = 0xc1;
      const expected = Buffer.from(bytes);
      const isAscii = pureEngine.unmask(expected, 5, 5 + length, 0x01020304, 0);
      assert.equal(unmaskByScratch(bytes, 5, 5 + length, 0x01020304), isAscii);
      assert.deepEqual(bytes, expected);
    }
  }
});
