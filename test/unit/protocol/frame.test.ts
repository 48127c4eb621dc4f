import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decodeFrame, encodeFrame, type Frame, StateError } from "#src/protocol/index.js";
import { parseBytes } from "../../support/vectors.js";

const mask = parseBytes("37 fa 21 3d");
const hello = parseBytes('"Hello"');

/** The examples of RFC 6455 §5.7: the frame and its bytes. */
const examples: [Frame, string][] = [
  [{ opcode: 1, payload: hello }, "81 05 48 65 6c 6c 6f"],
  [{ opcode: 1, mask, payload: hello }, "81 85 37 fa 21 3d 7f 9f 4d 51 58"],
  [{ fin: false, opcode: 1, payload: parseBytes('"Hel"') }, "01 03 48 65 6c"],
  [{ opcode: 0, payload: parseBytes('"lo"') }, "80 02 6c 6f"],
  [{ opcode: 9, payload: hello }, "89 05 48 65 6c 6c 6f"],
  [{ opcode: 10, mask, payload: hello }, "8a 85 37 fa 21 3d 7f 9f 4d 51 58"],
  [{ opcode: 2, payload: parseBytes("repeat(a5, 256)") }, "82 7e 01 00 repeat(a5, 256)"],
  [
    { opcode: 2, payload: parseBytes("repeat(5a, 65536)") },
    "82 7f 00 00 00 00 00 01 00 00 repeat(5a, 65536)",
  ],
];

function complete(frame: Frame) {
  const defaults = {
    fin: true,
    rsv1: false,
    rsv2: false,
    rsv3: false,
    mask: undefined,
    payload: new Uint8Array(0),
  };
  return { ...defaults, ...frame };
}

describe("frame", () => {
  test("encodes nothing but bytes", () => {
    for (const [frame, message] of [
      [{ opcode: 1, payload: "abc" }, 'payload is "abc"; it takes a Uint8Array'],
      [{ opcode: 1, payload: [1] }, "payload is an array; it takes a Uint8Array"],
      [{ opcode: 1, mask: "abcd" }, 'mask is "abcd"; it takes a Uint8Array'],
    ] as const) {
      assert.throws(() => encodeFrame(frame as never), { code: "INVALID_ARGUMENT", message });
    }
  });

  test("encodes the examples of RFC 6455 §5.7", () => {
    for (const [frame, notation] of examples) assert.deepEqual(encodeFrame(frame), parseBytes(notation));
  });

  test("decodes the examples of RFC 6455 §5.7", () => {
    for (const [frame, notation] of examples) {
      const bytes = parseBytes(notation);
      assert.deepEqual(decodeFrame(bytes), { frame: complete(frame), byteLength: bytes.length });
    }
  });

  test("keeps FIN, each reserved bit and every opcode, known or not", () => {
    for (let first = 0; first < 256; first++) {
      const frame = {
        fin: first >= 128,
        rsv1: (first & 64) > 0,
        rsv2: (first & 32) > 0,
        rsv3: (first & 16) > 0,
        opcode: first % 16,
      };
      const bytes = encodeFrame(frame);
      assert.deepEqual(bytes, Uint8Array.of(first, 0));
      assert.deepEqual(decodeFrame(bytes)?.frame, complete(frame));
    }
  });

  test("decodes a frame in the middle of other bytes", () => {
    const bytes = parseBytes("ff ff 81 05 48 65 6c 6c 6f ff");
    assert.deepEqual(decodeFrame(bytes, 2), {
      frame: complete({ opcode: 1, payload: hello }),
      byteLength: 7,
    });
  });

  test("answers undefined until the last byte of the frame is there", () => {
    for (const notation of [
      "81 05 48 65 6c 6c 6f",
      "81 85 37 fa 21 3d 7f 9f 4d 51 58",
      "82 7e 00 80 repeat(00, 128)",
    ]) {
      const bytes = parseBytes(notation);
      for (let end = 0; end < bytes.length; end++)
        assert.equal(decodeFrame(bytes.subarray(0, end)), undefined);
      assert.equal(decodeFrame(bytes)?.byteLength, bytes.length);
    }
  });

  test("answers undefined to lengths that no memory could hold", () => {
    for (const length of ["00 00 00 01 00 00 00 00", "00 20 00 00 00 00 00 00", "ff ff ff ff ff ff ff ff"]) {
      assert.equal(decodeFrame(parseBytes(`82 7f ${length} repeat(00, 64)`)), undefined);
    }
  });

  test("reads a length that is not minimal as it stands", () => {
    assert.deepEqual(decodeFrame(parseBytes('81 7e 00 02 "Hi"'))?.frame.payload, parseBytes('"Hi"'));
  });

  test("tells a masking key of zeros from no masking key", () => {
    const bytes = encodeFrame({ opcode: 1, mask: new Uint8Array(4), payload: hello });
    assert.deepEqual(bytes, parseBytes('81 85 00 00 00 00 "Hello"'));
    assert.deepEqual(decodeFrame(bytes)?.frame.mask, new Uint8Array(4));
  });

  test("leaves the payload it encodes and the bytes it decodes unchanged", () => {
    const payload = parseBytes("repeat(01 02 03, 30)");
    const bytes = encodeFrame({ opcode: 2, mask, payload });
    assert.deepEqual(payload, parseBytes("repeat(01 02 03, 30)"));
    const before = bytes.slice();
    const frame = decodeFrame(bytes)?.frame;
    assert.deepEqual(bytes, before);
    bytes.fill(0);
    assert.deepEqual(frame?.payload, payload);
    assert.deepEqual(frame?.mask, mask);
  });

  test("refuses opcodes that four bits cannot hold", () => {
    for (const opcode of [-1, 16, 1.5, Number.NaN]) {
      assert.throws(
        () => encodeFrame({ opcode }),
        (error) => error instanceof StateError && error.code === "INVALID_ARGUMENT",
      );
    }
  });

  test("refuses masking keys that are not four bytes long", () => {
    for (const length of [0, 3, 5]) {
      assert.throws(
        () => encodeFrame({ opcode: 1, mask: new Uint8Array(length) }),
        (error) => error instanceof StateError && error.code === "INVALID_ARGUMENT",
      );
    }
  });
});
