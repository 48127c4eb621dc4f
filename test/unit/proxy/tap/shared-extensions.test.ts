import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sharedExtensions } from "#src/proxy/tap/shared-extensions.js";

describe("what connections agreed to", () => {
  test("is the same text for all, however many forms there are", () => {
    assert.equal(sharedExtensions(undefined), undefined);
    for (let bits = 0; bits < 200; bits++) {
      const header = `permessage-deflate; server_max_window_bits=${bits}`;
      assert.equal(sharedExtensions(header), header);
      assert.equal(sharedExtensions(header), header);
    }
  });
});
