import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sha1 } from "#src/host/index.js";

describe("sha1", () => {
  const vectors: [string, string][] = [
    ["", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
    ["abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    // RFC 6455 §1.3.
    [
      "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
      "b37a4f2cc0624f1690f64606cf385945b2bec4ea",
    ],
  ];
  for (const [text, digest] of vectors) {
    test(`of "${text}" is ${digest}`, () => {
      assert.equal(Buffer.from(sha1(Buffer.from(text))).toString("hex"), digest);
    });
  }
});
