import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decodeLatin1, encodeLatin1 } from "#src/handshake/latin1.js";

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const everyCharacter = Buffer.from(everyByte).toString("latin1");

describe("latin1", () => {
  test("has a character for every byte, and back", () => {
    assert.equal(decodeLatin1(everyByte, 0, 256), everyCharacter);
    const bytes = new Uint8Array(256);
    encodeLatin1(everyCharacter, bytes, 0);
    assert.deepEqual(bytes, everyByte);
  });

  test("decodes any range, and nothing beside it", () => {
    for (let start = 0; start <= 20; start++) {
      for (let end = start; end <= 20; end++) {
        assert.equal(decodeLatin1(everyByte, start, end), everyCharacter.slice(start, end));
      }
    }
  });

  test("encodes at an offset, and touches nothing beside it", () => {
    const bytes = new Uint8Array(6).fill(0x2e);
    encodeLatin1("\xe9a", bytes, 2);
    assert.deepEqual([...bytes], [0x2e, 0x2e, 0xe9, 0x61, 0x2e, 0x2e]);
  });
});
