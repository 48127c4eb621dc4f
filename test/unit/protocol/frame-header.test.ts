import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  createFrameHeader,
  decodeFrameHeader,
  encodeFrameHeader,
  type FrameHeader,
  frameHeaderLength,
  MAX_HEADER_BYTES,
} from "#src/protocol/index.js";
import { parseBytes } from "../../support/vectors.js";

const lengths = [
  0,
  1,
  124,
  125,
  126,
  127,
  128,
  255,
  256,
  65_534,
  65_535,
  65_536,
  65_537,
  2 ** 24,
  2 ** 31 - 1,
];
const longLengths = [2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40 + 2 ** 8, 2 ** 53 - 1];
const maskKeys = [undefined, 0, 1, 0x3d21fa37, 0x7fffffff, 0x80000000, 0xffffffff, -1, -0x80000000];

function decode(notation: string): FrameHeader & { byteLength: number } {
  const bytes = parseBytes(notation);
  const header = createFrameHeader();
  return { byteLength: decodeFrameHeader(bytes, 0, bytes.length, header), ...header };
}

describe("frame header decoder", () => {
  test("reads FIN, the reserved bits, the opcode, the mask bit and a short length from every two bytes", () => {
    const bytes = new Uint8Array(MAX_HEADER_BYTES);
    const header = createFrameHeader();
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second++) {
        bytes[0] = first;
        bytes[1] = second;
        const extended = (second & 127) === 126 ? 2 : (second & 127) === 127 ? 8 : 0;
        const byteLength = decodeFrameHeader(bytes, 0, bytes.length, header);
        assert.equal(byteLength, 2 + extended + (second > 127 ? 4 : 0));
        assert.equal(header.isFinal, first > 127);
        assert.equal(header.reserved, first & 0b0111_0000);
        assert.equal(header.opcode, first % 16);
        assert.equal(header.isMasked, second > 127);
        assert.equal(header.payloadLength, extended === 0 ? second % 128 : 0);
        assert.equal(header.isMinimal, extended === 0);
      }
    }
  });

  test("reads every 16-bit length and calls those below 126 not minimal", () => {
    const header = createFrameHeader();
    for (let length = 0; length < 65_536; length++) {
      decodeFrameHeader(Uint8Array.of(0x82, 126, length >> 8, length & 255), 0, 4, header);
      assert.equal(header.payloadLength, length);
      assert.equal(header.isMinimal, length >= 126);
    }
  });

  test("reads 64-bit lengths up to 2^53 - 1 exactly and longer ones as Infinity", () => {
    const cases: [string, number][] = [
      ["00 00 00 00 00 00 00 00", 0],
      ["00 00 00 00 00 00 ff ff", 65_535],
      ["00 00 00 00 00 01 00 00", 65_536],
      ["00 00 00 00 7f ff ff ff", 2 ** 31 - 1],
      ["00 00 00 00 80 00 00 00", 2 ** 31],
      ["00 00 00 00 ff ff ff ff", 2 ** 32 - 1],
      ["00 00 00 01 00 00 00 00", 2 ** 32],
      ["00 00 00 01 80 00 00 01", 2 ** 32 + 2 ** 31 + 1],
      ["00 1f ff ff ff ff ff ff", Number.MAX_SAFE_INTEGER],
      ["00 20 00 00 00 00 00 00", Infinity],
      ["7f ff ff ff ff ff ff ff", Infinity],
      ["80 00 00 00 00 00 00 00", Infinity],
      ["ff ff ff ff ff ff ff ff", Infinity],
    ];
    for (const [notation, length] of cases) {
      const header = decode(`82 7f ${notation}`);
      assert.equal(header.payloadLength, length, notation);
      assert.equal(header.isMinimal, length >= 65_536, notation);
    }
  });

  test("answers 0 until the last byte of the header is there", () => {
    for (const length of [...lengths, ...longLengths]) {
      for (const maskKey of [undefined, 0x3d21fa37]) {
        const bytes = new Uint8Array(MAX_HEADER_BYTES);
        const byteLength = encodeFrameHeader(bytes, 0, 0x82, length, maskKey);
        for (let end = 0; end <= bytes.length; end++) {
          const answer = decodeFrameHeader(bytes, 0, end, createFrameHeader());
          assert.equal(answer, end < byteLength ? 0 : byteLength);
        }
      }
    }
  });

  test("does not change the header while bytes are missing", () => {
    const header = createFrameHeader();
    decodeFrameHeader(parseBytes("89 85 37 fa 21 3d"), 0, 6, header);
    const before = { ...header };
    assert.equal(decodeFrameHeader(parseBytes("02 fe 01 00 37 fa"), 0, 6, header), 0);
    assert.deepEqual(header, before);
  });

  test("overwrites everything that the frame before left in the header", () => {
    const header = createFrameHeader();
    decodeFrameHeader(parseBytes("7f fe 00 01 37 fa 21 3d"), 0, 8, header);
    assert.equal(decodeFrameHeader(parseBytes("81 05"), 0, 2, header), 2);
    assert.deepEqual(header, { ...createFrameHeader(), opcode: 1, payloadLength: 5 });
  });

  test("reads from an offset and never beyond the end", () => {
    const bytes = parseBytes("ff ff 81 85 37 fa 21 3d 00");
    const header = createFrameHeader();
    assert.equal(decodeFrameHeader(bytes, 2, 8, header), 6);
    assert.equal(header.payloadLength, 5);
    assert.equal(header.maskKey, 0x3d21fa37);
    assert.equal(decodeFrameHeader(bytes, 2, 7, header), 0);
    assert.equal(decodeFrameHeader(bytes, 9, 9, header), 0);
  });

  test("holds the first byte of the masking key in the lowest bits", () => {
    assert.equal(decode("81 80 01 02 03 04").maskKey, 0x04030201);
    assert.equal(decode("81 80 00 00 00 80").maskKey | 0, -0x80000000);
  });
});

describe("frame header encoder", () => {
  test("writes what the decoder reads, for every length form and masking key", () => {
    const header = createFrameHeader();
    for (const length of [...lengths, ...longLengths]) {
      for (const maskKey of maskKeys) {
        const bytes = new Uint8Array(MAX_HEADER_BYTES);
        const end = encodeFrameHeader(bytes, 0, 0xd2, length, maskKey);
        assert.equal(decodeFrameHeader(bytes, 0, end, header), end);
        assert.deepEqual(
          { ...header, maskKey: header.maskKey | 0 },
          {
            isFinal: true,
            reserved: 0x50,
            opcode: 2,
            isMasked: maskKey !== undefined,
            maskKey: (maskKey ?? 0) | 0,
            payloadLength: length,
            isMinimal: true,
          },
        );
      }
    }
  });

  test("writes the minimal number of length bytes", () => {
    for (const [length, bytes] of [
      [0, 2],
      [125, 2],
      [126, 4],
      [65_535, 4],
      [65_536, 10],
      [2 ** 40, 10],
    ]) {
      const block = new Uint8Array(MAX_HEADER_BYTES);
      assert.equal(encodeFrameHeader(block, 0, 0x82, length, undefined), bytes);
      assert.equal(frameHeaderLength(length, false), bytes);
      assert.equal(encodeFrameHeader(block, 0, 0x82, length, 1), bytes + 4);
      assert.equal(frameHeaderLength(length, true), bytes + 4);
    }
  });

  test("writes lengths in network byte order", () => {
    const block = new Uint8Array(MAX_HEADER_BYTES);
    encodeFrameHeader(block, 0, 0x82, 0x0102, undefined);
    assert.deepEqual(block.subarray(0, 4), parseBytes("82 7e 01 02"));
    encodeFrameHeader(block, 0, 0x82, 0x0001_0203_0405_06, undefined);
    assert.deepEqual(block.subarray(0, 10), parseBytes("82 7f 00 00 01 02 03 04 05 06"));
  });

  test("writes at an offset and touches nothing around the header", () => {
    for (const length of lengths) {
      const block = new Uint8Array(24).fill(0xee);
      const end = encodeFrameHeader(block, 5, 0x81, length, 0x3d21fa37);
      assert.equal(end, 5 + frameHeaderLength(length, true));
      assert.deepEqual(block.subarray(0, 5), parseBytes("repeat(ee, 5)"));
      assert.deepEqual(block.subarray(end), new Uint8Array(24 - end).fill(0xee));
    }
  });

  test("needs at most MAX_HEADER_BYTES", () => {
    assert.equal(Math.max(...longLengths.map((length) => frameHeaderLength(length, true))), MAX_HEADER_BYTES);
  });
});
