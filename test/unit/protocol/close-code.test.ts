import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CloseCode, isCloseCode } from "#src/protocol/index.js";

/** The IANA WebSocket Close Code registry: what each range means, and whether a Close frame may carry it. */
const registry: [first: number, last: number, meaning: string, mayTravel: boolean][] = [
  [0, 999, "not used (RFC 6455 §7.4.2)", false],
  [1000, 1000, "normal closure", true],
  [1001, 1001, "going away", true],
  [1002, 1002, "protocol error", true],
  [1003, 1003, "unsupported data", true],
  [1004, 1004, "reserved", false],
  [1005, 1005, "no status received", false],
  [1006, 1006, "abnormal closure", false],
  [1007, 1007, "invalid frame payload data", true],
  [1008, 1008, "policy violation", true],
  [1009, 1009, "message too big", true],
  [1010, 1010, "mandatory extension", true],
  [1011, 1011, "internal error", true],
  [1012, 1012, "service restart", true],
  [1013, 1013, "try again later", true],
  [1014, 1014, "bad gateway", true],
  [1015, 1015, "TLS handshake", false],
  [1016, 2999, "unassigned", false],
  [3000, 3999, "registered by libraries, frameworks and applications", true],
  [4000, 4999, "private use", true],
  [5000, 65_535, "outside the registry", false],
];

describe("close code", () => {
  test("RFC 6455 §7.4 decides for every number of two bytes whether a Close may carry it", () => {
    let code = 0;
    for (const [first, last, meaning, mayTravel] of registry) {
      assert.equal(first, code, "the ranges follow each other");
      for (; code <= last; code++) assert.equal(isCloseCode(code), mayTravel, `${code}: ${meaning}`);
    }
    assert.equal(code, 65_536);
  });

  test("no other number may travel", () => {
    for (const code of [-1, -1000, 65_536, 66_536, 1000.5, 3000.1, Number.NaN, Infinity, -Infinity]) {
      assert.equal(isCloseCode(code), false, String(code));
    }
  });

  test("each named code stands in the registry under its number", () => {
    assert.deepEqual(
      Object.values(CloseCode),
      [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015],
    );
  });

  test("the named codes that may not travel are 1005, 1006 and 1015", () => {
    const silent = Object.entries(CloseCode).filter(([, code]) => !isCloseCode(code));
    assert.deepEqual(silent, [
      ["NO_STATUS", 1005],
      ["ABNORMAL", 1006],
      ["TLS_HANDSHAKE", 1015],
    ]);
  });
});
