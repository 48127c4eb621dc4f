import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { encodeBase64 } from "#src/handshake/index.js";

describe("base64", () => {
  // RFC 4648 §10.
  for (const [text, encoded] of [
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg=="],
    ["fooba", "Zm9vYmE="],
    ["foobar", "Zm9vYmFy"],
  ]) {
    test(`of "${text}" is "${encoded}"`, () => assert.equal(encodeBase64(Buffer.from(text)), encoded));
  }

  test("of any bytes is what Node.js makes of them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        assert.equal(encodeBase64(bytes), Buffer.from(bytes).toString("base64"));
      }),
    );
  });
});
