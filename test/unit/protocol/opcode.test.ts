import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isControl, isKnownOpcode, Opcode } from "#src/protocol/index.js";

describe("opcode", () => {
  test("names the six opcodes of RFC 6455 §5.2", () => {
    assert.deepEqual({ ...Opcode }, { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 });
  });

  test("knows the named opcodes and no other", () => {
    const known = Array.from({ length: 16 }, (_, opcode) => opcode).filter(isKnownOpcode);
    assert.deepEqual(known, Object.values(Opcode));
  });

  test("calls every opcode with the highest bit set a control frame, reserved ones too", () => {
    for (let opcode = 0; opcode < 16; opcode++) assert.equal(isControl(opcode), opcode >= 8);
  });
});
