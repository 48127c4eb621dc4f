import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type FrameExpectation, frameStartError, judgeFrameStart } from "#src/protocol/frame-rules.js";
import type { ProtocolErrorCode } from "#src/protocol/index.js";

interface Start extends FrameExpectation {
  first: number;
  second: number;
}

const isControlFrame = ({ first }: Start): boolean => (first & 8) !== 0;
const isStart = ({ first }: Start): boolean => first % 16 === 1 || first % 16 === 2;

/** Each rule on its own: when the two bytes break it. */
const breaks: [ProtocolErrorCode, (start: Start) => boolean][] = [
  ["RESERVED_BITS", ({ first }) => (first & 0x30) !== 0],
  ["RESERVED_BITS", (start) => (start.first & 0x40) !== 0 && !(start.hasDeflate && isStart(start))],
  ["UNKNOWN_OPCODE", ({ first }) => [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].includes(first % 16)],
  ["MASK_MISSING", ({ second, isMaskExpected }) => isMaskExpected && second < 128],
  ["MASK_FORBIDDEN", ({ second, isMaskExpected }) => !isMaskExpected && second >= 128],
  ["CONTROL_FRAGMENTED", (start) => isControlFrame(start) && start.first < 128],
  ["CONTROL_TOO_LONG", (start) => isControlFrame(start) && start.second % 128 > 125],
  ["CLOSE_PAYLOAD_TRUNCATED", ({ first, second }) => first % 16 === 8 && second % 128 === 1],
  ["UNEXPECTED_CONTINUATION", ({ first, isInMessage }) => first % 16 === 0 && !isInMessage],
  ["EXPECTED_CONTINUATION", (start) => isStart(start) && start.isInMessage],
];

const booleans = [false, true];

function* allStarts(): Generator<Start> {
  for (const isMaskExpected of booleans) {
    for (const isInMessage of booleans) {
      for (const hasDeflate of booleans) {
        for (let first = 0; first < 256; first++) {
          for (let second = 0; second < 256; second++) {
            yield { first, second, isMaskExpected, isInMessage, hasDeflate };
          }
        }
      }
    }
  }
}

describe("frame rules", () => {
  test("find a broken rule in every two bytes that break one, and none in the others", () => {
    let lawful = 0;
    for (const start of allStarts()) {
      const code = judgeFrameStart(start.first, start.second, start);
      const broken = breaks.filter(([, isBroken]) => isBroken(start)).map(([name]) => name);
      if (code === undefined ? broken.length > 0 : !broken.includes(code)) {
        assert.fail(`${JSON.stringify(start)}: ${code} instead of one of [${broken}]`);
      }
      if (code === undefined) lawful++;
    }
    // Per role, outside and inside a message: data starts or continuations with every length, and control frames.
    const control = 3 * 126 - 1;
    const data = { outside: 2 * 2 * 128, inside: 2 * 128 };
    const compressed = data.outside;
    assert.equal(lawful, 2 * (2 * (control + data.outside) + 2 * (control + data.inside) + compressed));
  });

  test("name those of the first byte before others, and the mask's last, when several are broken", () => {
    const server = { isMaskExpected: true, isInMessage: false, hasDeflate: false };
    assert.equal(judgeFrameStart(0x73, 0x00, server), "RESERVED_BITS");
    assert.equal(judgeFrameStart(0x0b, 0x7f, server), "UNKNOWN_OPCODE");
    assert.equal(judgeFrameStart(0x09, 0x7f, server), "CONTROL_FRAGMENTED");
    assert.equal(judgeFrameStart(0x89, 0x7f, server), "CONTROL_TOO_LONG");
    assert.equal(judgeFrameStart(0x00, 0x00, server), "UNEXPECTED_CONTINUATION");
    assert.equal(judgeFrameStart(0x81, 0x00, server), "MASK_MISSING");
  });

  test("make errors whose messages carry the two bytes", () => {
    const texts: [ProtocolErrorCode, number, number, RegExp][] = [
      ["RESERVED_BITS", 0xd1, 0x80, /reserved bits 0x50 .* opcode 0x1/],
      ["UNKNOWN_OPCODE", 0x8b, 0x80, /opcode 0xb is reserved/],
      ["MASK_MISSING", 0x81, 0x00, /client must mask/],
      ["MASK_FORBIDDEN", 0x81, 0x80, /server must not mask/],
      ["CONTROL_FRAGMENTED", 0x09, 0x80, /opcode 0x9 .* fragment/],
      ["CONTROL_TOO_LONG", 0x88, 0xfe, /opcode 0x8 .* 125 bytes \(length field 126\)/],
      ["CLOSE_PAYLOAD_TRUNCATED", 0x88, 0x81, /Close frame announces one byte/],
      ["UNEXPECTED_CONTINUATION", 0x80, 0x80, /continuation .* no message/],
      ["EXPECTED_CONTINUATION", 0x82, 0x80, /opcode 0x2 .* fragmented message/],
    ];
    assert.deepEqual(new Set(texts.map(([code]) => code)), new Set(breaks.map(([code]) => code)));
    for (const [code, first, second, text] of texts) {
      const error = frameStartError(code, first, second);
      assert.equal(error.code, code);
      assert.equal(error.closeCode, 1002);
      assert.match(error.message, text);
    }
  });
});
