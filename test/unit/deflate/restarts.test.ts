// Blocks with BFINAL are cheap to send and dear to serve: each begins a zlib stream anew.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PerMessageDeflate } from "#src/deflate/index.js";
import { zlibEngine } from "#src/host/index.js";

const parameters = {
  clientMaxWindowBits: 15,
  serverMaxWindowBits: 15,
  clientNoContextTakeover: false,
  serverNoContextTakeover: false,
};

/** An empty final block, again and again. */
function finalBlocks(count: number): Uint8Array {
  return Uint8Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? 0x03 : 0x00));
}

describe("final blocks in the middle of a message", () => {
  for (const [count, isAccepted] of [
    [1, true],
    [60, true],
    [1000, false],
  ] as const) {
    test(`${count} of them are ${isAccepted ? "read over" : "refused"}`, () => {
      const engine = zlibEngine();
      assert.ok(engine !== undefined);
      const codec = new PerMessageDeflate("server", parameters, {}, engine);
      const bytes = finalBlocks(count);
      const cost = codec.decode(bytes, 0, bytes.length, true, () => true);
      assert.equal(cost >= 0, isAccepted);
      // The first one begins nothing anew.
      if (isAccepted) assert.ok(cost > (count - 1) * 1000, `${count} of them are said to cost ${cost}`);
      codec.dispose();
    });
  }
});
