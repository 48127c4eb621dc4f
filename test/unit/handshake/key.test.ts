import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { acceptOf, createKey, encodeBase64, isValidKey, sha1 } from "#src/handshake/index.js";
import { sampleAccept, sampleKey } from "./head-text.js";

function nativeSha1(bytes: Uint8Array): Uint8Array {
  return createHash("sha1").update(bytes).digest();
}

describe("a key", () => {
  test("RFC 6455 §1.3: the sample nonce makes the sample key, and the sample key the sample accept value", () => {
    assert.equal(createKey(Buffer.from("the sample nonce")), sampleKey);
    assert.equal(acceptOf(sampleKey), sampleAccept);
    assert.equal(acceptOf(sampleKey, nativeSha1), sampleAccept);
  });

  test("RFC 6455 §4.1: a key is the base64 of 16 bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (random) => {
        const key = createKey(random);
        assert.equal(key, Buffer.from(random).toString("base64"));
        assert.ok(isValidKey(key));
      }),
    );
  });

  for (const length of [0, 15, 17]) {
    test(`is not made of ${length} bytes`, () => {
      assert.throws(() => createKey(new Uint8Array(length)), {
        name: "StateError",
        code: "INVALID_ARGUMENT",
      });
    });
  }

  const invalid = {
    nothing: "",
    "15 bytes": Buffer.alloc(15).toString("base64"),
    "17 bytes": Buffer.alloc(17).toString("base64"),
    "18 bytes, which have as many characters": Buffer.alloc(18).toString("base64"),
    "no padding": sampleKey.slice(0, 22),
    base64url: "-_-_-_-_-_-_-_-_-_-_-w==",
    "a blank inside": "dGhlIHNhbXBs ZSBub25jZ==",
    "a line end behind": `${sampleKey}\n`,
    "two keys": `${sampleKey}, ${sampleKey}`,
  };
  for (const [what, key] of Object.entries(invalid)) {
    test(`is not ${what}`, () => {
      assert.equal(isValidKey(key), false);
    });
  }
});

describe("what keys are made with", () => {
  test("base64 is the platform's, for every length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        assert.equal(encodeBase64(bytes), Buffer.from(bytes).toString("base64"));
      }),
    );
  });

  test("SHA-1 is the platform's, for every length around the block boundaries", () => {
    for (let length = 0; length <= 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 0xff);
      assert.deepEqual(Buffer.from(sha1(bytes)), Buffer.from(nativeSha1(bytes)), `${length} bytes`);
    }
  });

  test("SHA-1 reads a view at an odd offset of a larger buffer", () => {
    const larger = Buffer.from("xxxabcxxx");
    assert.deepEqual(Buffer.from(sha1(larger.subarray(3, 6))), Buffer.from(nativeSha1(Buffer.from("abc"))));
  });
});
